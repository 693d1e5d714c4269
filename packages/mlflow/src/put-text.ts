import type { MlflowClient } from "./client/index.ts";

/** Puts a text where the files of a run lie. The same again is the same. */
export async function putText(
  client: MlflowClient,
  root: string,
  path: string,
  text: string,
  signal: AbortSignal,
): Promise<void> {
  const bytes = Buffer.from(text);
  async function* content(): AsyncIterable<Uint8Array> {
    yield bytes;
  }
  await client.artifacts.put(root, path, content, { bytes: bytes.length, signal });
}
