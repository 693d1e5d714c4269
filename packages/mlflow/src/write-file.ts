import { fileOf, isRunferryError, type Outcome, type Recorded, RunferryError, type WriteContext } from "@runferry/core";
import type { MlflowClient } from "./client/index.ts";
import { mediaFile } from "./media-files.ts";
import { escapePath } from "./names.ts";
import type { RemoteRun } from "./remote-run.ts";

/** Sends the file of one event and looks whether it is there in its full size. */
export async function writeFile(
  client: MlflowClient,
  run: RemoteRun,
  event: Recorded,
  context: WriteContext,
): Promise<Outcome> {
  const { cursor, signal } = context;
  const accepted: Outcome = { status: "accepted", cursor: { ...cursor, bulk: event.seq, bulkMemo: { id: run.id } } };
  const file = fileOf(event);
  const path = pathOf(event);
  if (!file || path === undefined) return accepted;
  const reading: { failure?: { readonly cause: unknown } } = {};
  async function* content(): AsyncIterable<Uint8Array> {
    let sent = 0;
    try {
      for await (const part of context.open(file!)) {
        yield part;
        sent += part.length;
        context.report(sent);
      }
    } catch (cause) {
      reading.failure = { cause };
      throw cause;
    }
  }
  try {
    await client.artifacts.put(run.root, path, content, { bytes: file.bytes, signal });
  } catch (cause) {
    if (!reading.failure) throw cause;
    signal.throwIfAborted();
    if (isRunferryError(reading.failure.cause)) throw reading.failure.cause;
    return { status: "retry", cause: reading.failure.cause };
  }
  const size = await client.artifacts.sizeOf(run.root, path, { signal });
  return size === file.bytes ? accepted : { status: "retry", cause: notWhole(path, size, file.bytes) };
}

/** Undefined where the file has no place there. */
function pathOf(event: Recorded): string | undefined {
  if (event.kind === "artifact.logged") return event.reference === undefined ? escapePath(event.file.path) : undefined;
  return event.kind === "media.logged" ? mediaFile(event)?.path : undefined;
}

function notWhole(path: string, there: number | undefined, bytes: number): RunferryError {
  const found = there === undefined ? "is not listed" : `has ${there} bytes`;
  return new RunferryError("unavailable", `${path} ${found} at the server after ${bytes} bytes were sent`, {
    hint: "see whether the server's disk or bucket is full",
    data: "the file is sent again; the journal has it",
  });
}
