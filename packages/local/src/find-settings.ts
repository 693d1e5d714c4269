import { createRecovery, type Json, type MetricDefined, type Recorded, type RunEvent } from "@runferry/core";
import type { FileSystem } from "./file-system.ts";
import { chunkBytes } from "./scan.ts";

/** The params, tags and definitions of metrics that hold at the end of a journal. */
export interface Settings {
  readonly params: ReadonlyMap<string, Json>;
  readonly tags: ReadonlyMap<string, string>;
  readonly definitions: ReadonlyMap<string, MetricDefined>;
}

const newline = 10;
const marks = ['"kind":"params.set"', '"kind":"tags.set"', '"kind":"metric.defined"'];

/**
 * Finds settings by looking for their lines as bytes: nothing else is decoded, so this takes about as long as
 * reading the file.
 */
export function findSettings(fileSystem: FileSystem, fd: number, size: number): Settings {
  const params = new Map<string, Json>();
  const tags = new Map<string, string>();
  const definitions = new Map<string, MetricDefined>();
  for (const line of markedLines(fileSystem, fd, size)) {
    for (const event of createRecovery("journal").push(line).events) take(event);
  }
  return { params, tags, definitions };

  function take(event: Recorded<RunEvent>): void {
    if (event.kind === "params.set") {
      for (const [name, value] of Object.entries(event.values)) params.set(name, value);
    } else if (event.kind === "tags.set") {
      for (const [name, value] of Object.entries(event.values)) {
        if (value === null) tags.delete(name);
        else tags.set(name, value);
      }
    } else if (event.kind === "metric.defined") definitions.set(event.name, event);
  }
}

/** Every whole line with one of the marks in it, in order. */
function* markedLines(fileSystem: FileSystem, fd: number, size: number): Iterable<Buffer> {
  let rest = Buffer.alloc(0);
  for (let at = 0; at < size; ) {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, size - at));
    const read = fileSystem.readSync(fd, buffer, 0, buffer.length, at);
    if (read === 0) return;
    at += read;
    const added = buffer.subarray(0, read);
    const lastNewline = added.lastIndexOf(newline);
    if (lastNewline < 0) {
      rest = Buffer.concat([rest, added]);
      continue;
    }
    yield* markedIn(Buffer.concat([rest, added.subarray(0, lastNewline + 1)]));
    rest = added.subarray(lastNewline + 1);
  }
}

function* markedIn(lines: Buffer): Iterable<Buffer> {
  const next = marks.map((mark) => lines.indexOf(mark));
  for (let from = 0; ; ) {
    const found = next.filter((at) => at >= 0);
    if (found.length === 0) return;
    const first = Math.min(...found);
    const start = Math.max(from, lines.lastIndexOf(newline, first) + 1);
    from = lines.indexOf(newline, first) + 1;
    yield lines.subarray(start, from);
    for (const [i, mark] of marks.entries()) if (next[i]! >= 0 && next[i]! < from) next[i] = lines.indexOf(mark, from);
  }
}
