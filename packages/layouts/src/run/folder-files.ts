import { createHash } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import type { FileRef } from "@runferry/core";
import { problemOfPath } from "@runferry/core";
import type { Losses } from "./losses.ts";

/** A file of a foreign run, under the name it gets here. */
export interface FoundFile {
  readonly path: string;
  readonly from: string;
  readonly bytes: number;
}

/** The names in a folder, in order; none where there is no folder. One that may not be read is a loss. */
export async function namesIn(folder: string, losses: Losses): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") losses.add(`a folder could not be read (${code})`, folder);
    return [];
  }
}

/**
 * The files below a folder by name, whatever their depth. What leads out of `root`, and what is no file, is named and
 * left alone.
 */
export async function* filesBelow(folder: string, root: string, losses: Losses, under = ""): AsyncGenerator<FoundFile> {
  const inside = await realpath(root).catch(() => undefined);
  if (inside !== undefined) yield* walk(folder, under, inside);

  async function* walk(from: string, prefix: string, inside: string): AsyncGenerator<FoundFile> {
    for (const name of await namesIn(from, losses)) {
      const path = prefix === "" ? name : `${prefix}/${name}`;
      const place = join(from, name);
      const there = await within(place, inside);
      if (typeof there === "string") losses.add(`a file was not read: ${there}`, place);
      else if (there.isDirectory()) yield* walk(place, path, inside);
      else if (problemOfPath(path) !== undefined)
        losses.add(`a file was not read: its name ${problemOfPath(path)}`, place);
      else yield { path, from: place, bytes: there.size };
    }
  }
}

/** What is at a path that a foreign file names, or why it is not touched. */
export async function within(place: string, root: string): Promise<Stats | string> {
  try {
    const link = await lstat(place);
    if (link.isSymbolicLink()) {
      const target = await realpath(place);
      if (target !== root && !target.startsWith(root + sep)) return "it is a link that leads out of the folder";
      // A link upwards would go round for ever.
      if ((await stat(place)).isDirectory()) return "it is a link to a folder";
    }
    const there = await stat(place);
    return there.isFile() || there.isDirectory() ? there : "it is no file";
  } catch {
    return "it is not there, or may not be read";
  }
}

/** What files came to, as long as they look the same: a folder that is still in use is read again and again. */
const known = new Map<string, { readonly looks: string; readonly sha256: string; readonly bytes: number }>();
const mostKnown = 200_000;
/** A file that was written just now may be written again, and look no different. */
const restMs = 2000;

export async function fileRefOf({ path, from }: FoundFile): Promise<FileRef> {
  const { looks, size } = await looksOf(from);
  const before = known.get(from);
  if (before !== undefined && before.looks === looks) return { path, sha256: before.sha256, bytes: before.bytes };
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of fileBytes(from, size)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  const sha256 = hash.digest("hex");
  if (known.size >= mostKnown) known.clear();
  if (looks !== undefined && looks === (await looksOf(from)).looks) known.set(from, { looks, sha256, bytes });
  return { path, sha256, bytes };
}

/** The bytes of a file of about this size. Most are small, and there are many: a large buffer for each costs more than reading it. */
export function fileBytes(path: string, size: number, start = 0): AsyncIterable<Uint8Array> {
  const atOnce = Math.max(4096, Math.min(1024 * 1024, size + 1)); // it may have grown since
  return createReadStream(path, { start, highWaterMark: atOnce });
}

/** No `looks` where the file has not come to rest. */
async function looksOf(path: string): Promise<{ readonly looks: string | undefined; readonly size: number }> {
  const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = await stat(path, { bigint: true });
  const isFresh = Date.now() - Number(mtimeMs > ctimeMs ? mtimeMs : ctimeMs) < restMs;
  return { looks: isFresh ? undefined : [dev, ino, size, mtimeNs, ctimeNs].join(), size: Number(size) };
}
