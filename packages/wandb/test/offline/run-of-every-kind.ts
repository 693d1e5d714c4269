import { type MemoryJournal, memoryJournal } from "@runferry/core";

const id = "01jd5x8f2v0000000000000000";
const startedAt = 1_732_181_400_000;

/** A run with something of everything that puts a file beside the log. */
export async function everyKind(): Promise<MemoryJournal> {
  const journal = memoryJournal(id);
  const main = journal.writer();
  const weights = await journal.putFile("model/weights.bin", new Uint8Array(5000).fill(7));
  const image = await journal.putFile("a.png", Uint8Array.of(1, 2, 3));
  main.append({ kind: "run.started", format: 1, id, name: "r", experiment: "e", createdAt: startedAt }, startedAt);
  main.append({ kind: "params.set", values: { lr: 0.1 } });
  for (let step = 1; step < 6; step++) main.append({ kind: "metrics.logged", step, values: { loss: 1 / step } });
  main.append({ kind: "media.logged", name: "picture", step: 6, media: { type: "image", file: image } });
  main.append({ kind: "media.logged", name: "table", step: 7, media: { type: "table", columns: ["a"], rows: [[1]] } });
  main.append({ kind: "artifact.logged", file: weights });
  main.append({ kind: "model.logged", name: "net", path: "model" });
  main.append({ kind: "alert.raised", title: "careful", level: "warn" });
  main.append({ kind: "console.logged", from: "stderr", text: "one\ntwo\n" });
  main.append({ kind: "metric.defined", name: "loss", goal: "min" });
  main.append({ kind: "run.ended", status: "failed", exitCode: 3 });
  main.append({ kind: "run.resumed" });
  main.append({ kind: "metrics.logged", step: 3, values: { loss: 2 } });
  main.append({ kind: "run.ended", status: "finished" });
  return journal;
}
