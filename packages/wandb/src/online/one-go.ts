import type { Recorded, WriteContext } from "@runferry/core";
import { maxBodyBytes } from "../client/index.ts";
import { layMedia } from "../mapping/index.ts";
import { mostMade } from "./requests.ts";
import type { HistoryLines } from "./stream-lines.ts";

/** The events of a batch that are sent at once, told one by one while their rows become lines. */
export function* inOneGo(
  batch: readonly Recorded[],
  rest: WriteContext["rest"],
  history: HistoryLines,
  most: number = Number.POSITIVE_INFINITY,
): Iterable<Recorded> {
  let made = 0;
  let count = 0;
  for (const event of filling(batch, rest, history)) {
    yield event;
    if (++count >= most) return;
    if (event.kind === "media.logged") made += layMedia(event)?.made.length ?? 0;
    if (heavyKinds.has(event.kind) || made >= mostMade) return;
  }
}

/** What takes many requests is accepted piece by piece, so that trouble does not begin all of it again. */
const heavyKinds: ReadonlySet<string> = new Set(["model.logged", "model.registered", "dataset.used"]);

/** Until another row like the longest might not go into the same request. */
function* filling(
  batch: readonly Recorded[],
  rest: WriteContext["rest"] = [],
  history: HistoryLines,
): Iterable<Recorded> {
  yield* batch;
  let { bytes } = history;
  let longest = Math.ceil(bytes / batch.length);
  for (const event of rest) {
    if (bytes + longest + summaryRoom > maxBodyBytes) return;
    yield event;
    longest = Math.max(longest, history.bytes - bytes);
    ({ bytes } = history);
  }
}

/** For a summary of thousands of metrics; a larger one takes a request of its own. */
const summaryRoom = 256 * 1024;
