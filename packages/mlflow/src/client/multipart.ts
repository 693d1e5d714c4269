import { isRunferryError } from "@runferry/core";
import { MlflowError } from "./errors.ts";
import type { Transport } from "./transport.ts";

const partBytes = 10 * 1024 * 1024;

interface Part {
  readonly part_number: number;
  readonly url: string;
  readonly headers?: { readonly [name: string]: string };
}

interface Begun {
  readonly upload_id?: string;
  readonly credentials?: readonly Part[];
}

/** Sends a file in parts straight to where the server keeps its files. False where the server does not offer that. */
export async function uploadInParts(
  transport: Transport,
  root: string,
  path: string,
  content: () => AsyncIterable<Uint8Array>,
  { bytes, signal }: { readonly bytes: number; readonly signal?: AbortSignal | undefined },
): Promise<boolean> {
  const folders = path.split("/");
  const name = folders.pop()!;
  const folder = folders.length === 0 ? "" : `/${folders.map(encodeURIComponent).join("/")}`;
  const address = (what: string) =>
    root.replace("/mlflow-artifacts/artifacts", `/mlflow-artifacts/mpu/${what}`) + folder;
  const size = Math.max(partBytes, Math.ceil(bytes / 10_000)); // stores take no more than 10 000 parts
  const body = { path: name, num_parts: Math.ceil(bytes / size) };
  let begun: Begun;
  try {
    begun = await transport.json<Begun>({ method: "POST", path: address("create"), body, signal });
  } catch (cause) {
    if (cause instanceof MlflowError && (cause.answer.status === 501 || isRunferryError(cause, "not_found")))
      return false;
    throw cause;
  }
  const credentials = begun.credentials ?? [];
  if (credentials.length !== body.num_parts) return false;
  try {
    const parts: { part_number: number; etag: string; url: string }[] = [];
    for await (const chunk of chunks(content(), size)) {
      const { part_number, url, headers } = credentials[parts.length]!;
      const more = headers ? { headers } : {};
      const answer = await transport.send({
        method: "PUT",
        path: url,
        bytes: chunk,
        length: chunk.length,
        signal,
        ...more,
      });
      parts.push({ part_number, etag: String(answer.etag ?? ""), url });
    }
    const complete = { path: name, upload_id: begun.upload_id, parts };
    await transport.json({ method: "POST", path: address("complete"), body: complete, signal });
    return true;
  } catch (cause) {
    const abort = { path: name, upload_id: begun.upload_id };
    // What is left behind costs room at the store; that it could not be taken back is not the trouble to tell of.
    await transport.json({ method: "POST", path: address("abort"), body: abort }).catch(() => undefined);
    throw cause;
  }
}

async function* chunks(content: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Uint8Array> {
  let buffer = Buffer.allocUnsafe(size);
  let held = 0;
  for await (const part of content) {
    for (let from = 0; from < part.length; ) {
      const taken = Math.min(size - held, part.length - from);
      buffer.set(part.subarray(from, from + taken), held);
      held += taken;
      from += taken;
      if (held < size) continue;
      yield buffer;
      buffer = Buffer.allocUnsafe(size);
      held = 0;
    }
  }
  if (held > 0) yield buffer.subarray(0, held);
}
