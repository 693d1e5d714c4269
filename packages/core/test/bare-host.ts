// Loads the built package into a host that has only what every browser has, and delivers a run there.
// Started with --experimental-vm-modules by bare-host.test.ts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createContext, SourceTextModule } from "node:vm";

const dist = join(import.meta.dirname, "../dist");
const names = "AbortController AbortSignal TextDecoder TextEncoder clearTimeout crypto performance setTimeout".split(
  " ",
);
const context = createContext({
  ...Object.fromEntries(names.map((name) => [name, Reflect.get(globalThis, name)])),
  told: [],
});

const loaded = new Map<string, SourceTextModule>();
function load(path: string): SourceTextModule {
  const known = loaded.get(path);
  if (known) return known;
  const made = new SourceTextModule(readFileSync(path, "utf8"), { context, identifier: path });
  loaded.set(path, made);
  return made;
}

const page = new SourceTextModule(
  `import { fold, forward, memoryDeliveries, memoryJournal, memoryPlace, verify } from "./index.js";
   const journal = memoryJournal("01jd7h8x5n0000000000000000");
   const run = journal.writer();
   run.append({ kind: "params.set", values: { lr: 0.1, password: "hunter2" } });
   run.append({ kind: "metrics.logged", step: 1, values: { loss: NaN } });
   const file = await journal.putFile("model.bin", new Uint8Array(1000));
   run.append({ kind: "artifact.logged", file });
   run.append({ kind: "run.ended", status: "finished" });
   const place = memoryPlace("tab");
   const backend = place.backend();
   const { state } = await forward({ journal, backend, deliveries: memoryDeliveries() });
   for await (const copy of place.source.runs()) {
     const { complete } = verify(await fold(journal, { mask: true }), backend.keeps, await fold(copy));
     told.push(state, complete);
   }`,
  { context, identifier: join(dist, "page.js") },
);
await page.link((specifier, from) => load(join(from.identifier, "..", specifier)));
await page.evaluate();
console.log(JSON.stringify(context.told));
