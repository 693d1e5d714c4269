import { createHash } from "node:crypto";
import { join } from "node:path";
import { type FileRef, problemOfPath, RunferryError, type Stream } from "@runferry/core";
import { type FileSystem, ifPresent, readInto } from "./file-system.ts";
import { isInside } from "./inside.ts";
import type { RunLayout } from "./layout.ts";
import { leftPath } from "./left-files.ts";
import { mediaName } from "./put-file.ts";

export interface OpenStoredOptions {
  readonly fileSystem: FileSystem;
  readonly start?: number;
  readonly signal?: AbortSignal;
  /** Where the places of files are noted that were not copied. */
  streams(): readonly Stream[];
}

const chunkBytes = 256 * 1024;

/** Reads the version of a file that has the given hash. A reading from its start checks the hash at the end. */
export async function* openStoredFile(
  run: string,
  layout: RunLayout,
  file: FileRef,
  options: OpenStoredOptions,
): AsyncIterable<Uint8Array> {
  const { fileSystem, start = 0, signal } = options;
  const path =
    storedPath(layout, file, fileSystem) ?? leftPath(fileSystem, layout, file) ?? (await referencedPath(file, options));
  if (path === undefined) throw missing(run, file, "is not in the run's folder any more");
  const fd = fileSystem.openSync(path, "r");
  const hash = start === 0 ? createHash("sha256") : undefined;
  try {
    for (let at = start; at < file.bytes; ) {
      signal?.throwIfAborted();
      // A fresh buffer each time: whoever reads may hold on to what they were given.
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkBytes, file.bytes - at));
      const read = await readInto(fileSystem, fd, buffer, 0, at);
      if (read === 0) throw missing(run, file, `ends after ${at} of ${file.bytes} bytes`);
      hash?.update(buffer.subarray(0, read));
      at += read;
      yield buffer.subarray(0, read);
    }
  } finally {
    fileSystem.closeSync(fd);
  }
  if (hash && hash.digest("hex") !== file.sha256) throw missing(run, file, "has changed since it was logged");
}

/** Where the store has the bytes, or undefined. Links that lead out of the run are not followed. */
export function storedPath(layout: RunLayout, file: FileRef, fileSystem: FileSystem): string | undefined {
  if (problemOfPath(file.path) !== undefined) return undefined;
  const places = [
    join(layout.replaced, file.sha256),
    join(layout.artifacts, file.path),
    join(layout.media, mediaName(file)),
  ];
  return places.find((path) => {
    const there = ifPresent(() => fileSystem.statSync(path));
    return there?.isFile() && there.size === file.bytes && isInside(fileSystem, layout.folder, path);
  });
}

/** Where the journal says the bytes are, if they were left in their place. */
async function referencedPath(file: FileRef, options: OpenStoredOptions): Promise<string | undefined> {
  for (const stream of options.streams()) {
    for await (const events of stream.read()) {
      for (const event of events) {
        if (event.kind !== "artifact.logged" || event.reference === undefined) continue;
        if (event.file.sha256 !== file.sha256 || event.file.path !== file.path) continue;
        const path = event.reference;
        const there = ifPresent(() => options.fileSystem.statSync(path));
        if (there?.isFile() && there.size === file.bytes) return path;
      }
    }
  }
  return undefined;
}

function missing(run: string, file: FileRef, what: string): RunferryError {
  return new RunferryError("file_missing", `${file.path} of run ${run} (sha256 ${file.sha256}) ${what}`, {
    hint: "restore the file in the run's folder, or deliver without it",
    data: "the journal still names the file; nothing else is affected",
  });
}
