import { createRunId, type Json, type MemoryJournal, memoryJournal, type RunEvent, type Writer } from "@runferry/core";

const startedAt = 1_732_181_400_000;
let count = 0;

/** A journal that a law fills itself, because it must know what is in it or append while it is delivered. */
export interface LawRun {
  readonly journal: MemoryJournal;
  readonly main: Writer;
  /** Appends with times of its own, a millisecond apart. */
  add(...events: readonly RunEvent[]): void;
}

export function startLawRun(name: string): LawRun {
  const entropy = new Uint8Array(10);
  new DataView(entropy.buffer).setUint32(0, ++count);
  const id = createRunId(startedAt + count, entropy);
  const journal = memoryJournal(id);
  const main = journal.writer();
  let at = startedAt;
  const add = (...events: readonly RunEvent[]) => {
    for (const event of events) main.append(event, ++at);
  };
  add({ kind: "run.started", format: 1, id, name: `${name}-${count}`, experiment: "laws", createdAt: startedAt });
  return { journal, main, add };
}

export function logged(step: number, values: { readonly [name: string]: number }): RunEvent {
  return { kind: "metrics.logged", step, values };
}

export function params(values: { readonly [name: string]: Json }): RunEvent {
  return { kind: "params.set", values };
}

export const finished: RunEvent = { kind: "run.ended", status: "finished" };
