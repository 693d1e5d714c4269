// Delivers a run slowly, with its deliveries in a file, so that a test can kill it anywhere and start it again.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Delivery, forward, type Json, memoryJournal, parseJson, stringifyJson } from "@runferry/core";
import { wandbOffline } from "../../dist/index.js";

const [dir = "", saved = ""] = process.argv.slice(2);
const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;
const journal = memoryJournal(id);
const main = journal.writer();
const file = await journal.putFile("model/weights.bin", new Uint8Array(300_000).fill(7));
main.append({ kind: "run.started", format: 1, id, name: "killed", experiment: "e", createdAt: startedAt }, startedAt);
for (let i = 1; i < 2000; i++) {
  const step = i % 500 === 0 ? i - 20 : i;
  main.append({ kind: "metrics.logged", step, values: { loss: 1 / i, accuracy: i } }, startedAt + i);
  if (i % 50 === 0) main.append({ kind: "console.logged", from: "stdout", text: `row ${i}\n` }, startedAt + i);
  if (i % 400 === 0) main.append({ kind: "artifact.logged", file }, startedAt + i);
  if (i % 600 === 0) main.append({ kind: "model.logged", name: "net", path: "model", step }, startedAt + i);
  if (i % 100 === 0) main.append({ kind: "params.set", values: { [`p${i}`]: i } }, startedAt + i);
}
main.append({ kind: "run.ended", status: "finished" }, startedAt + 3000);

const result = await forward({
  journal,
  backend: wandbOffline({ dir }),
  batch: { events: 4 },
  saveEveryMs: 20,
  onProgress: ({ type }) => type === "accepted" && process.stdout.write("."), // so that a test knows how far it is
  deliveries: {
    load: async () => (existsSync(saved) ? (parseJson(readFileSync(saved, "utf8")) as unknown as Delivery) : undefined),
    async save(_run, delivery) {
      writeFileSync(`${saved}.new`, stringifyJson(delivery as unknown as Json));
      renameSync(`${saved}.new`, saved);
    },
  },
});
console.log(result.state);
