import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { type FileRef, RunferryError } from "@runferry/core";
import { badPath, checkArtifactPath, keepReplaced, makeFolders } from "./artifact-path.ts";
import { syncFolder } from "./atomic-file.ts";
import { type FileSystem, ifPresent, readInto, removeIfPresent, systemCode, writeWhole } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";

/** A path of a file to read, or the bytes themselves. */
export type FileSource = string | Uint8Array | AsyncIterable<Uint8Array>;

/**
 * `copy` shares the blocks where the file system can (reflink); `link` makes a hard link where it can, for files that
 * are never written in place; `reference` leaves the bytes where they are and notes where.
 */
export type PutMode = "copy" | "link" | "reference";

export interface PutOptions {
  readonly mode?: PutMode;
  readonly signal?: AbortSignal;
  /** Make it survive a power cut. */
  readonly durable?: boolean;
}

export interface PutFile {
  readonly file: FileRef;
  /** Where the bytes are, when they were not copied. */
  readonly reference?: string;
}

const chunkBytes = 1024 * 1024;

/** Puts a file among the artifacts of a run: there as a whole or not at all, the version it replaces kept. */
export async function putArtifact(
  fileSystem: FileSystem,
  layout: RunLayout,
  source: FileSource,
  path: string,
  options: PutOptions = {},
): Promise<PutFile> {
  checkArtifactPath(path);
  refuseEndless(fileSystem, source);
  if (options.mode === "reference" && typeof source === "string") {
    return { file: { path, ...(await digestOf(fileSystem, source, options.signal)) }, reference: resolve(source) };
  }
  const target = join(layout.artifacts, path);
  makeFolders(fileSystem, layout.artifacts, path);
  const { incoming, ...digest } = await takeIn(fileSystem, layout, source, options);
  try {
    const there = ifPresent(() => fileSystem.lstatSync(target));
    if (there?.isDirectory()) throw badPath(path, "is a folder of this run");
    if (there?.isFile())
      keepReplaced(fileSystem, layout, target, (await digestOf(fileSystem, target)).sha256, digest.sha256);
    fileSystem.renameSync(incoming, target);
    if (options.durable) syncFolder(fileSystem, dirname(target));
  } catch (cause) {
    if (systemCode(cause) !== undefined || cause instanceof RunferryError) removeIfPresent(fileSystem, incoming);
    throw cause;
  }
  return { file: { path, ...digest } };
}

/** Puts a file of media under the name of its content. */
export async function putMedia(
  fileSystem: FileSystem,
  layout: RunLayout,
  source: FileSource,
  name: string,
  options: PutOptions = {},
): Promise<FileRef> {
  fileSystem.mkdirSync(layout.media, { recursive: true });
  const { incoming, ...digest } = await takeIn(fileSystem, layout, source, options);
  const stored = mediaName({ path: name, ...digest });
  fileSystem.renameSync(incoming, join(layout.media, stored)); // equal content, so whichever comes last is right
  if (options.durable) syncFolder(fileSystem, layout.media);
  return { path: `media/${stored}`, ...digest };
}

/** `<sha256>.<ext>`, with the extension of the file's name where that is a plain one. */
export function mediaName(file: FileRef): string {
  const extension = extname(file.path).toLowerCase();
  return file.sha256 + (/^\.[a-z0-9]{1,10}$/.test(extension) ? extension : "");
}

/** To open a pipe waits for its other end, with the whole process, signals included; a device may never end. */
function refuseEndless(fileSystem: FileSystem, source: FileSource): void {
  if (typeof source !== "string") return;
  const is = fileSystem.statSync(source);
  if (is.isFile() || is.isDirectory()) return; // what is wrong with a folder is told when it is read
  throw new RunferryError("bad_option", "it is a pipe, a socket or a device, and no file", {
    hint: "write what comes out of it to a file, and log that",
    data: "nothing was written",
  });
}

export interface Digest {
  readonly sha256: string;
  readonly bytes: number;
}

/** Brings the bytes into the run's folder under a name of their own. */
async function takeIn(
  fileSystem: FileSystem,
  layout: RunLayout,
  source: FileSource,
  options: PutOptions,
): Promise<Digest & { readonly incoming: string }> {
  fileSystem.mkdirSync(layout.incoming, { recursive: true });
  const incoming = join(layout.incoming, randomBytes(8).toString("hex"));
  try {
    if (typeof source === "string" && duplicate(fileSystem, source, incoming, options.mode)) {
      if (options.durable) syncFolder(fileSystem, incoming);
      return { ...(await digestOf(fileSystem, incoming, options.signal)), incoming };
    }
    const bytes = typeof source === "string" ? chunksOf(fileSystem, source) : pieces(source);
    return { ...(await writeDigesting(fileSystem, incoming, bytes, options)), incoming };
  } catch (cause) {
    if (systemCode(cause) !== undefined || options.signal?.aborted) removeIfPresent(fileSystem, incoming);
    throw cause;
  }
}

/** Links or clones where that works. A copy byte by byte is made elsewhere: its hash comes with it for free. */
function duplicate(fileSystem: FileSystem, source: string, target: string, mode: PutMode | undefined): boolean {
  try {
    if (mode === "link") fileSystem.linkSync(fileSystem.realpathSync(source), target);
    else fileSystem.copyFileSync(source, target, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
    return true;
  } catch (cause) {
    if (systemCode(cause) === undefined || systemCode(cause) === "ENOENT") throw cause;
    removeIfPresent(fileSystem, target);
    return false; // another file system, or one that cannot
  }
}

async function writeDigesting(
  fileSystem: FileSystem,
  path: string,
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  { signal, durable = false }: PutOptions,
): Promise<Digest> {
  const hash = createHash("sha256");
  let size = 0;
  const fd = fileSystem.openSync(path, "wx");
  try {
    for await (const piece of bytes) {
      signal?.throwIfAborted();
      hash.update(piece);
      size += piece.length;
      await writeWhole(fileSystem, fd, piece);
    }
    if (durable) fileSystem.fsyncSync(fd);
  } finally {
    fileSystem.closeSync(fd);
  }
  return { sha256: hash.digest("hex"), bytes: size };
}

export async function digestOf(fileSystem: FileSystem, path: string, signal?: AbortSignal): Promise<Digest> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const piece of chunksOf(fileSystem, path)) {
    signal?.throwIfAborted();
    hash.update(piece);
    bytes += piece.length;
  }
  return { sha256: hash.digest("hex"), bytes };
}

async function* chunksOf(fileSystem: FileSystem, path: string): AsyncIterable<Uint8Array> {
  const fd = fileSystem.openSync(path, "r");
  const buffer = Buffer.allocUnsafeSlow(chunkBytes);
  try {
    for (let at = 0; ; ) {
      const read = await readInto(fileSystem, fd, buffer, 0, at);
      if (read === 0) return;
      at += read;
      yield buffer.subarray(0, read);
    }
  } finally {
    fileSystem.closeSync(fd);
  }
}

function pieces(source: Exclude<FileSource, string>): AsyncIterable<Uint8Array> | Iterable<Uint8Array> {
  return source instanceof Uint8Array ? [source] : source;
}
