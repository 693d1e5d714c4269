// Delivers a run slowly, with its deliveries in a file, so that a test can kill it anywhere and start it again.
import { forward, memoryJournal } from "@runferry/core";
import { deliveriesInFile } from "@runferry/testkit";
import { csv, parquet } from "../dist/index.js";

const [kind = "csv", dir = "", saved = ""] = process.argv.slice(2);
const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;
const journal = memoryJournal(id);
const main = journal.writer();
main.append({ kind: "run.started", format: 1, id, name: "killed", experiment: "e", createdAt: startedAt }, startedAt);
for (let i = 1; i < 600; i++) {
  const at = startedAt + i;
  if (i % 70 === 0) main.append({ kind: "run.resumed", fromStep: i - 10 }, at);
  if (i % 50 === 0) main.append({ kind: "tags.set", values: { at: `step ${i}`, half: i < 300 ? null : "done" } }, at);
  if (i % 60 === 0) main.append({ kind: "console.logged", from: "stdout", text: `line ${i}\n` }, at);
  main.append({ kind: "metrics.logged", step: i, values: { loss: 1 / i, accuracy: i } }, at);
}
main.append({ kind: "run.ended", status: "finished" }, startedAt + 3000);

const result = await forward({
  journal,
  backend: (kind === "csv" ? csv : parquet)({ dir }),
  batch: { events: 4 },
  saveEveryMs: 20,
  onProgress: ({ type }) => type === "accepted" && process.stdout.write("."), // so that a test knows how far it is
  deliveries: deliveriesInFile(saved),
});
console.log(result.state);
