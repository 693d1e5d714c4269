import { createHash, randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import { type FileRef, RunferryError } from "@runferry/core";
import { badPath, checkArtifactPath, keepReplaced, makeFolders } from "./artifact-path.ts";
import { syncFolder } from "./atomic-file.ts";
import { type FileSystem, ifPresent, removeIfPresent, systemCode } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";
import { type Digest, mediaName, type PutFile } from "./put-file.ts";

/** What is in memory, or a file that is read while the caller waits. */
export type NowSource = string | Uint8Array;

/** `putArtifact`, done when it returns: for bytes that the caller may change, or a process that may end. */
export function putArtifactNow(
  fileSystem: FileSystem,
  layout: RunLayout,
  source: NowSource,
  path: string,
  durable: boolean,
): PutFile {
  checkArtifactPath(path);
  const target = join(layout.artifacts, path);
  makeFolders(fileSystem, layout.artifacts, path);
  const { incoming, ...digest } = takeInNow(fileSystem, layout, source, durable);
  try {
    const there = ifPresent(() => fileSystem.lstatSync(target));
    if (there?.isDirectory()) throw badPath(path, "is a folder of this run");
    if (there?.isFile()) keepReplaced(fileSystem, layout, target, digestNow(fileSystem, target), digest.sha256);
    fileSystem.renameSync(incoming, target);
    if (durable) syncFolder(fileSystem, dirname(target));
  } catch (cause) {
    if (systemCode(cause) !== undefined || cause instanceof RunferryError) removeIfPresent(fileSystem, incoming);
    throw cause;
  }
  return { file: { path, ...digest } };
}

/** `putMedia`, done when it returns. */
export function putMediaNow(
  fileSystem: FileSystem,
  layout: RunLayout,
  source: NowSource,
  name: string,
  durable: boolean,
): FileRef {
  fileSystem.mkdirSync(layout.media, { recursive: true });
  const { incoming, ...digest } = takeInNow(fileSystem, layout, source, durable);
  const stored = mediaName({ path: name, ...digest });
  fileSystem.renameSync(incoming, join(layout.media, stored));
  if (durable) syncFolder(fileSystem, layout.media);
  return { path: `media/${stored}`, ...digest };
}

function takeInNow(
  fileSystem: FileSystem,
  layout: RunLayout,
  source: NowSource,
  durable: boolean,
): Digest & { readonly incoming: string } {
  fileSystem.mkdirSync(layout.incoming, { recursive: true });
  const incoming = join(layout.incoming, randomBytes(8).toString("hex"));
  const hash = createHash("sha256");
  let bytes = 0;
  try {
    const fd = fileSystem.openSync(incoming, "wx");
    try {
      for (const piece of piecesOf(fileSystem, source)) {
        hash.update(piece);
        bytes += piece.length;
        for (let done = 0; done < piece.length; ) {
          done += fileSystem.writeSync(fd, piece, done, piece.length - done);
        }
      }
      if (durable) fileSystem.fsyncSync(fd);
    } finally {
      fileSystem.closeSync(fd);
    }
  } catch (cause) {
    if (systemCode(cause) !== undefined) removeIfPresent(fileSystem, incoming);
    throw cause;
  }
  return { sha256: hash.digest("hex"), bytes, incoming };
}

function digestNow(fileSystem: FileSystem, path: string): string {
  const hash = createHash("sha256");
  for (const piece of piecesOf(fileSystem, path)) hash.update(piece);
  return hash.digest("hex");
}

function* piecesOf(fileSystem: FileSystem, source: NowSource): Iterable<Uint8Array> {
  if (typeof source !== "string") return yield source;
  const fd = fileSystem.openSync(source, "r");
  const buffer = Buffer.allocUnsafeSlow(1024 * 1024);
  try {
    for (let at = 0; ; ) {
      const read = fileSystem.readSync(fd, buffer, 0, buffer.length, at);
      if (read === 0) return;
      at += read;
      yield buffer.subarray(0, read);
    }
  } finally {
    fileSystem.closeSync(fd);
  }
}
