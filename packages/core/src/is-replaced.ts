import type { Journal } from "./contract.ts";
import type { Recorded } from "./events.ts";

/** Whether the file of an event is a version that a later one of the same path replaced. */
export async function isReplaced(journal: Journal, event: Recorded, signal: AbortSignal): Promise<boolean> {
  if (event.kind !== "artifact.logged") return false;
  const { path, sha256 } = event.file;
  for await (const stream of journal.streams({ signal })) {
    for await (const events of stream.read({ signal })) {
      for (const other of events) {
        if (other.kind !== "artifact.logged" || other.file.path !== path || other.file.sha256 === sha256) continue;
        if (other.at >= event.at) return true;
      }
    }
  }
  return false;
}
