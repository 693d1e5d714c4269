import { fileOf, type Outcome, type Recorded, RunferryError, type WriteContext } from "@runferry/core";
import type { RunPath, WandbClient } from "../client/index.ts";
import { filePath, layMedia } from "../mapping/index.ts";
import { memoOf } from "./memo.ts";

/** Sends the file of one event and says that it is there. */
export async function writeFile(
  client: WandbClient,
  event: Recorded,
  context: WriteContext,
  announce: (path: RunPath, uploaded: string) => Promise<number | undefined>,
): Promise<Outcome> {
  const { cursor, signal } = context;
  const file = fileOf(event);
  const name = pathOf(event);
  const memo = memoOf(cursor.memo);
  if (!memo) return { status: "refused", seq: event.seq, cause: noRun(context.run) };
  let notBeforeMs: number | undefined;
  if (file && name !== undefined) {
    const [target] = await client.runs.createFiles(memo.path, [name], { signal });
    const reading: { failure?: { readonly cause: unknown } } = {};
    const content = async function* (): AsyncIterable<Uint8Array> {
      try {
        yield* context.open(file);
      } catch (cause) {
        reading.failure = { cause };
        throw cause;
      }
    };
    try {
      await client.storage.put(target!, content, { bytes: file.bytes, report: context.report, signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw reading.failure ? reading.failure.cause : cause;
    }
    notBeforeMs = await announce(memo.path, name);
  }
  return {
    status: "accepted",
    cursor: { ...cursor, bulk: event.seq },
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
  };
}

/** Undefined where the file has no place there. */
function pathOf(event: Recorded): string | undefined {
  if (event.kind === "artifact.logged") return event.reference === undefined ? filePath(event.file.path) : undefined;
  return event.kind === "media.logged" ? layMedia(event)?.sent : undefined;
}

function noRun(run: string): RunferryError {
  return new RunferryError("refused", `nothing of run ${run} was taken by W&B, so there is no place for its files`, {
    hint: "see why its events were refused",
    data: "the journal has the file",
  });
}
