import { addDifferences, createFold, createTally, type Journal, maskEvent, type RunView } from "@runferry/core";

export interface ReadRun {
  readonly view: RunView;
  /** As a place outside this machine may see it. */
  readonly masked: RunView;
  readonly events: number;
  readonly streams: number;
}

/** A run as it is and as others may see it, in one reading: a foreign folder takes long to read. */
export async function readRun(journal: Journal, masks: boolean, signal?: AbortSignal): Promise<ReadRun> {
  const plain = createFold(journal.run);
  const safe = createFold(journal.run);
  const tally = createTally();
  const reading = signal ? { signal } : {};
  let [events, streams] = [0, 0];
  for await (const stream of journal.streams(reading)) {
    streams++;
    for await (const chunk of stream.read(reading)) {
      events += chunk.length;
      for (const event of chunk) {
        plain.add(stream.name, event);
        if (!masks) continue;
        const out = maskEvent(event);
        safe.add(stream.name, out.event);
        for (const where of out.masked) tally.add("converted", "secrets masked", where);
      }
    }
  }
  signal?.throwIfAborted();
  const view = plain.view();
  const masked = masks ? safe.view() : view;
  return {
    view,
    masked: { ...masked, differences: addDifferences(masked.differences, tally.differences) },
    events,
    streams,
  };
}
