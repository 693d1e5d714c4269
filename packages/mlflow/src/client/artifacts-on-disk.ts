import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, stat } from "node:fs/promises";
import { dirname, isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";
import { problemOfPath, RunferryError } from "@runferry/core";
import type { FileInfo } from "./types.ts";

/** The folder that a `file://` root or a plain path names: a disk that the server and this machine share. */
export function diskPathOf(root: string): string | undefined {
  if (root.startsWith("file:")) return fileURLToPath(root);
  return isAbsolute(root) ? root : undefined;
}

function below(root: string, path: string): string {
  const problem = path === "" ? undefined : problemOfPath(path);
  if (problem === undefined) return join(root, path);
  throw new RunferryError("bad_option", `${JSON.stringify(path)} is no path below the artifacts of a run: ${problem}`, {
    hint: "name the file relative to the run",
    data: "nothing was read or written",
  });
}

/** Under a name of its own first, so that a file is there whole or not at all. */
export async function writeDisk(
  root: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target = below(root, path);
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.runferry-part`;
  const file = await open(partial, "w");
  try {
    for await (const part of content) {
      signal?.throwIfAborted();
      await file.writeFile(part);
    }
  } finally {
    await file.close();
  }
  await rename(partial, target);
}

export async function* readDisk(root: string, path: string, start: number): AsyncIterable<Uint8Array> {
  yield* createReadStream(below(root, path), { start }) as AsyncIterable<Uint8Array>;
}

export async function listDisk(root: string, folder: string): Promise<readonly FileInfo[]> {
  const entries = await readdir(below(root, folder), { withFileTypes: true }).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  });
  return Promise.all(
    entries
      .filter((entry) => (entry.isFile() || entry.isDirectory()) && !entry.name.endsWith(".runferry-part"))
      .map(async (entry) => {
        const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
        if (entry.isDirectory()) return { path, is_dir: true };
        return { path, is_dir: false, file_size: (await stat(join(root, path))).size };
      }),
  );
}

export async function sizeOnDisk(root: string, path: string): Promise<number | undefined> {
  try {
    return (await stat(below(root, path))).size;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
