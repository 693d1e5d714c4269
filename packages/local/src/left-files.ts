import { type FileRef, isJsonObject, type Json, type JsonObject } from "@runferry/core";
import { type FileSystem, ifPresent } from "./file-system.ts";
import type { RunLayout } from "./layout.ts";

/** Notes that the bytes of a file were left where they lie. What the journal says does not depend on it. */
export function leaveFile(fileSystem: FileSystem, layout: RunLayout, file: FileRef, path: string): void {
  if (leftPath(fileSystem, layout, file) === path) return;
  appendLine(fileSystem, layout, JSON.stringify({ sha256: file.sha256, bytes: file.bytes, path }));
}

function appendLine(fileSystem: FileSystem, layout: RunLayout, line: string): void {
  const open = () => fileSystem.openSync(layout.left, "a");
  let fd = ifPresent(open);
  if (fd === undefined) {
    fileSystem.mkdirSync(layout.folder, { recursive: true });
    fd = open();
  }
  try {
    // A line that a crash cut off ends before the next one.
    fileSystem.writeSync(fd, Buffer.from(`\n${line}\n`));
  } finally {
    fileSystem.closeSync(fd);
  }
}

/** Where a run was taken from. */
export interface TakenFrom {
  readonly folder: string;
  /** What times without a zone were read in. */
  readonly zone?: string;
}

/** Notes it beside the files that were left there. */
export function noteSource(fileSystem: FileSystem, layout: RunLayout, from: TakenFrom): void {
  const known = sourceOf(fileSystem, layout);
  if (known?.folder === from.folder && known.zone === from.zone) return;
  appendLine(fileSystem, layout, JSON.stringify(from));
}

export function sourceOf(fileSystem: FileSystem, layout: RunLayout): TakenFrom | undefined {
  const last = linesIn(fileSystem, layout).findLast((line) => typeof line.folder === "string");
  return last as unknown as TakenFrom | undefined;
}

/** Where the bytes were left, if they are still there with the same size; whoever reads them checks the hash. */
export function leftPath(fileSystem: FileSystem, layout: RunLayout, file: FileRef): string | undefined {
  const paths = linesIn(fileSystem, layout, file.sha256).flatMap(({ sha256, path }) =>
    sha256 === file.sha256 && typeof path === "string" ? [path] : [],
  );
  return paths.findLast((path) => {
    const there = ifPresent(() => fileSystem.statSync(path));
    return there?.isFile() && there.size === file.bytes;
  });
}

/** Every line that can be read, if the text is in one of them. */
function linesIn(fileSystem: FileSystem, layout: RunLayout, text = ""): readonly JsonObject[] {
  const all = ifPresent(() => fileSystem.readFileSync(layout.left, "utf8")) ?? "";
  if (!all.includes(text)) return [];
  return all
    .split("\n")
    .map(parsed)
    .filter((line) => line !== undefined);
}

function parsed(line: string): JsonObject | undefined {
  if (line === "") return undefined;
  try {
    const value = JSON.parse(line) as Json;
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // cut off by a crash; it is noted again by the next import
  }
}
