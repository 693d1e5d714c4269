// Delivers a run slowly, with its deliveries in a file, so that a test can kill it anywhere and start it again.
import { forward, memoryJournal } from "@runferry/core";
import { deliveriesInFile } from "@runferry/testkit";
import { tensorboard } from "../dist/index.js";

const [logdir = "", saved = ""] = process.argv.slice(2);
const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;
const journal = memoryJournal(id);
const main = journal.writer();
main.append({ kind: "run.started", format: 1, id, name: "killed", experiment: "e", createdAt: startedAt }, startedAt);
for (let i = 1; i < 3000; i++) {
  const step = i % 500 === 0 ? i - 20 : i;
  if (i % 700 === 0) main.append({ kind: "run.resumed", fromStep: i - 10 }, startedAt + i);
  main.append({ kind: "metrics.logged", step, values: { loss: 1 / i, accuracy: i } }, startedAt + i);
}
main.append({ kind: "run.ended", status: "finished" }, startedAt + 3000);

const result = await forward({
  journal,
  backend: tensorboard({ logdir }),
  batch: { events: 4 },
  saveEveryMs: 20,
  onProgress: ({ type }) => type === "accepted" && process.stdout.write("."), // so that a test knows how far it is
  deliveries: deliveriesInFile(saved),
});
console.log(result.state);
