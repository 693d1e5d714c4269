import { type FileRef, isJsonObject, type Json } from "@runferry/core";
import { type FileSystem, ifPresent } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";

/** Notes that the bytes of a file were left where they lie. What the journal says does not depend on it. */
export function leaveFile(fileSystem: FileSystem, layout: RunLayout, file: FileRef, path: string): void {
  if (leftPath(fileSystem, layout, file) === path) return;
  const line = JSON.stringify({ sha256: file.sha256, bytes: file.bytes, path });
  fileSystem.mkdirSync(layout.folder, { recursive: true });
  const fd = fileSystem.openSync(layout.left, "a");
  try {
    // A line that a crash cut off ends before the next one.
    fileSystem.writeSync(fd, Buffer.from(`\n${line}\n`));
  } finally {
    fileSystem.closeSync(fd);
  }
}

/** Where the bytes were left, if they are still there with the same size; whoever reads them checks the hash. */
export function leftPath(fileSystem: FileSystem, layout: RunLayout, file: FileRef): string | undefined {
  const text = ifPresent(() => fileSystem.readFileSync(layout.left, "utf8")) ?? "";
  if (!text.includes(file.sha256)) return undefined;
  const lines = text.split("\n").flatMap((line) => parsed(line) ?? []);
  return lines.findLast(({ sha256, path }) => {
    if (sha256 !== file.sha256) return false;
    const there = ifPresent(() => fileSystem.statSync(path));
    return there?.isFile() && there.size === file.bytes;
  })?.path;
}

function parsed(line: string): { readonly sha256: string; readonly path: string } | undefined {
  if (line === "") return undefined;
  try {
    const value = JSON.parse(line) as Json;
    if (!isJsonObject(value) || typeof value.sha256 !== "string" || typeof value.path !== "string") return undefined;
    return { sha256: value.sha256, path: value.path };
  } catch {
    return undefined; // cut off by a crash; it is noted again by the next import
  }
}
