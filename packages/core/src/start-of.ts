import type { Journal } from "./contract.ts";
import { mainStream, type RunStarted } from "./events.ts";

/** The start of a run; undefined where the journal's first line is damaged. */
export async function startOf(journal: Journal): Promise<RunStarted | undefined> {
  for await (const stream of journal.streams()) {
    if (stream.name !== mainStream) continue;
    for await (const events of stream.read()) {
      const first = events[0];
      if (first) return first.kind === "run.started" ? first : undefined;
    }
  }
  return undefined;
}
