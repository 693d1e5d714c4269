import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile, realpath, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { FileRef } from "@runferry/core";
import type { RunFiles } from "../mapping/index.ts";
import { unfinished } from "./stage-files.ts";

/** The files in the folders of a run. What leads out of them is not opened: the folder may come from anywhere. */
export interface HeldFiles extends RunFiles {
  /** Every path below `files`. */
  paths(): Promise<readonly string[]>;
  /** Whether something of that name is there that leads elsewhere. */
  leadsOut(path: string): Promise<boolean>;
  place(path: string): Promise<string | undefined>;
}

export interface FileHashes {
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Base64. */
  readonly md5: string;
}

const longestText = 256 * 1024 * 1024;

/** Of the folders of a run, the later ones first: a file that was sent again replaced the earlier. */
export function createHeldFiles(folders: readonly string[], followLinks: boolean): HeldFiles {
  const roots = folders.map((folder) => join(folder, "files")).reverse();

  async function place(path: string): Promise<string | undefined> {
    for (const root of roots) {
      const found = await placeIn(root, path, followLinks);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  return {
    place,
    async paths() {
      const all = new Set<string>();
      for (const root of roots) {
        const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
        for (const entry of entries) {
          const path = relative(root, join(entry.parentPath, entry.name)).split(sep).join("/");
          if (!entry.isDirectory() && !path.endsWith(unfinished)) all.add(path);
        }
      }
      return [...all].sort();
    },
    async leadsOut(path) {
      for (const root of roots) if (await lstat(join(root, path)).catch(() => undefined)) return true;
      return false;
    },
    async text(path) {
      const found = await place(path);
      if (found === undefined || (await stat(found)).size > longestText) return undefined;
      return readFile(found, "utf8");
    },
    async ref(path) {
      const found = await place(path);
      return found === undefined ? undefined : refOf(path, await hashesOf(found));
    },
  };
}

export function refOf(path: string, { sha256, bytes }: FileHashes): FileRef {
  return { path, sha256, bytes };
}

/** Where a file is, unless it is none or lies outside of the root. */
async function placeIn(root: string, path: string, followLinks: boolean): Promise<string | undefined> {
  const wanted = join(root, path);
  if (path.includes("\0") || relative(root, wanted).startsWith("..")) return undefined;
  try {
    const [realRoot, real] = [await realpath(root), await realpath(wanted)];
    const isInside = real.startsWith(realRoot + sep);
    return (isInside || followLinks) && (await stat(real)).isFile() ? real : undefined;
  } catch {
    return undefined; // not there
  }
}

export async function hashesOf(place: string): Promise<FileHashes> {
  const [sha256, md5] = [createHash("sha256"), createHash("md5")];
  let bytes = 0;
  for await (const piece of createReadStream(place)) {
    sha256.update(piece as Uint8Array);
    md5.update(piece as Uint8Array);
    bytes += (piece as Uint8Array).length;
  }
  return { bytes, sha256: sha256.digest("hex"), md5: md5.digest("base64") };
}
