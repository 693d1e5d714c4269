// The same child as loop.py, for runferry: `<local|tracker> rate|ack|read <folder> <steps>`.
import { writeSync } from "node:fs";
import { openStore } from "@runferry/local";

interface Contender {
  log(step: number, values: { readonly [name: string]: number }): void;
  close(): Promise<void>;
}

/** What is used of `@runferry/tracker`. */
interface TrackerPackage {
  startRun(options: { readonly dir: string; readonly experiment: string; readonly quiet: boolean }): {
    log(values: { readonly [name: string]: number }, step: number): void;
    end(): Promise<void>;
  };
}

const [way, what, folder = "", count] = process.argv.slice(2);
const steps = Number(count);
const never = new Int32Array(new SharedArrayBuffer(4)); // waited on for a millisecond at a time
if (what === "read") console.log(await read());
else await write(what === "ack");

async function start(): Promise<Contender> {
  if (way === "tracker") {
    const name: string = "@runferry/tracker"; // looked for when run: the bench works without it
    const { startRun }: TrackerPackage = await import(name);
    const run = startRun({ dir: folder, experiment: "bench", quiet: true });
    return { log: (step, values) => run.log(values, step), close: () => run.end() };
  }
  const { writer } = openStore(folder).createRun({ experiment: "bench" });
  return {
    log: (step, values) => void writer.append({ kind: "metrics.logged", step, values }),
    async close() {
      writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
      await writer.close();
    },
  };
}

async function write(acknowledge: boolean): Promise<void> {
  const run = await start();
  const begin = performance.now();
  for (let step = 0; step < steps; step++) {
    run.log(step, {
      loss: 1 / (step + 1),
      accuracy: 1 - 1 / (step + 2),
      lr: 0.001,
      grad_norm: Math.sin(step),
    });
    if (!acknowledge) continue;
    writeSync(1, `${step}\n`);
    Atomics.wait(never, 0, 0, 1);
  }
  const looped = performance.now();
  await run.close();
  console.log((looped - begin) / 1000, (performance.now() - begin) / 1000);
}

async function read(): Promise<number> {
  const store = openStore(folder);
  let found = 0;
  for (const { id } of store.list()) {
    for await (const stream of store.run(id).journal.streams()) {
      for await (const events of stream.read()) {
        for (const event of events) {
          if (event.kind === "metrics.logged" && (event.step ?? steps) < steps) {
            found += Object.keys(event.values).length;
          }
        }
      }
    }
  }
  return found;
}
