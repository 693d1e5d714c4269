import { type Journal, type MemoryJournal, memoryJournal, observerStream } from "@runferry/core";

const at = 1_732_181_400_000;

/** A run that stopped without a word, and what another process saw of that. */
export async function observedRun() {
  const journal = memoryJournal("01jd5x8f2v0000000000000000");
  const main = journal.writer();
  const start = { format: 1, id: journal.run, name: "run", experiment: "e", createdAt: at } as const;
  main.append({ kind: "run.started", ...start }, at);
  main.append({ kind: "params.set", values: { lr: 0.1 } }, at);
  for (let step = 0; step < 3; step++) main.append({ kind: "metrics.logged", step, values: { loss: step } }, at + step);
  main.append({ kind: "artifact.logged", file: await journal.putFile("a.bin", Uint8Array.of(1, 2)) }, at + 9);
  const error = { type: "SIGKILL", message: "no word" };
  journal.writer(observerStream).append({ kind: "run.ended", status: "killed", after: 6, error }, at + 10);
  return { journal, main };
}

/** The journal, of which only these streams are delivered, in this order; the others are still there to be looked at. */
export function onlyStreams(journal: MemoryJournal, names: readonly string[]): Journal {
  return {
    ...journal,
    async *streams(options) {
      if (options?.follow === undefined) return yield* journal.streams(options);
      for (const name of names) {
        for await (const stream of journal.streams(options)) if (stream.name === name) yield stream;
      }
    },
  };
}
