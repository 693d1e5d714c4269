import { fileOf, isRunferryError, type Outcome, type Recorded, RunferryError, type WriteContext } from "@runferry/core";
import { diskPathOf } from "./client/artifacts-on-disk.ts";
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
  const paths = pathsOf(event);
  if (!file || paths.length === 0) return accepted;
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
  for (const path of paths) {
    try {
      await client.artifacts.put(run.root, path, content, { bytes: file.bytes, signal });
    } catch (cause) {
      if (!reading.failure) throw cause;
      signal.throwIfAborted();
      if (isRunferryError(reading.failure.cause)) throw reading.failure.cause;
      return { status: "retry", cause: reading.failure.cause };
    }
    const size = await sizeThere(client, run.root, path, file.bytes, signal);
    if (size !== file.bytes) return { status: "retry", cause: notWhole(path, size, file.bytes) };
  }
  return accepted;
}

/** Where the file has its place there, or its places; none where it has none. */
function pathsOf(event: Recorded): readonly string[] {
  if (event.kind === "artifact.logged") return event.reference === undefined ? [escapePath(event.file.path)] : [];
  const file = event.kind === "media.logged" ? mediaFile(event) : undefined;
  return file ? [file.path, ...(file.copy === undefined ? [] : [file.copy])] : [];
}

const smallFile = 256 * 1024;

/** A small file is read back: a listing of its folder may be larger, and comes again for each file in it. */
async function sizeThere(
  client: MlflowClient,
  root: string,
  path: string,
  bytes: number,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (bytes > smallFile || diskPathOf(root) !== undefined) return client.artifacts.sizeOf(root, path, { signal });
  try {
    let size = 0;
    for await (const part of client.artifacts.get(root, path, { signal })) size += part.length;
    return size;
  } catch (cause) {
    if (isRunferryError(cause, "not_found")) return undefined;
    throw cause;
  }
}

function notWhole(path: string, there: number | undefined, bytes: number): RunferryError {
  const found = there === undefined ? "is not listed" : `has ${there} bytes`;
  return new RunferryError("unavailable", `${path} ${found} at the server after ${bytes} bytes were sent`, {
    hint: "see whether the server's disk or bucket is full",
    data: "the file is sent again; the journal has it",
  });
}
