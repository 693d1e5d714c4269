import { setImmediate } from "node:timers/promises";
import { type Broken, createPartReader, type Part, type PartsOptions } from "./part-reader.ts";

/** Others have a turn after so many pieces. */
const piecesAtOnce = 16;

/**
 * The values of a JSON text at a depth, one after the other, as many at a time as a piece of it holds: memory is bounded
 * by the largest of them, and what comes before damage is given. The returned value says where the text breaks off or makes
 * no sense.
 */
export async function* jsonParts(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: PartsOptions,
): AsyncGenerator<readonly Part[], Broken | undefined> {
  const reader = createPartReader(options);
  let pieces = 0;
  for await (const chunk of bytes) {
    yield reader.push(chunk);
    if (reader.isOver) return reader.broken;
    if (++pieces % piecesAtOnce === 0) await setImmediate();
  }
  yield reader.end();
  return reader.broken;
}
