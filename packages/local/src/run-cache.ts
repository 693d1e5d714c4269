import { dirname } from "node:path";
import { temporaryName, writeText } from "./atomic-file.ts";
import { type FileSystem, ifPresent, removeIfPresent, systemCode } from "./file-system.ts";
import { readRange } from "./scan.ts";

/** What was read of a run, as text, and the stamp of the journal that it was read from. */
export interface Cached {
  readonly id: string;
  readonly stamp: string;
  readonly text: string;
}

/** A file of what was read of runs, by id. It is never held as a whole: there may be fifty thousand. */
export interface RunCache {
  /** What is known of a run. The runs are asked for in the order of their ids. */
  find(id: string): Cached | undefined;
  /** From now on this is known of it, or nothing. */
  set(id: string, fresh: Cached | undefined): void;
  /** Writes what has changed. */
  save(): void;
}

const pieceBytes = 256 * 1024;
/** What has changed is written once it is so many runs, or all. */
const mostHeld = 5000;

export function openRunCache(path: string, fileSystem: FileSystem): RunCache {
  const lines = cachedIn(path, fileSystem);
  const changed = new Map<string, Cached | undefined>();
  let line = lines.next();

  function set(id: string, fresh: Cached | undefined): void {
    changed.set(id, fresh);
    if (changed.size >= mostHeld) writeChanged();
  }

  function writeChanged(): void {
    if (changed.size > 0) write(path, changed, fileSystem);
    changed.clear();
  }

  return {
    find(id) {
      for (; !line.done && line.value.id < id; line = lines.next()) set(line.value.id, undefined); // it is gone
      if (line.done || line.value.id !== id) return undefined;
      const found = line.value;
      line = lines.next();
      return found;
    },
    set,
    save() {
      for (; !line.done; line = lines.next()) set(line.value.id, undefined);
      writeChanged();
    },
  };
}

/** The old lines and the changed ones by id, in pieces. A power cut may spoil the file: what it says is checked anyway. */
function write(path: string, changed: ReadonlyMap<string, Cached | undefined>, fileSystem: FileSystem): void {
  const temporary = temporaryName(path);
  try {
    fileSystem.mkdirSync(dirname(path), { recursive: true });
    const file = fileSystem.openSync(temporary, "wx");
    try {
      let text = "";
      for (const { id, stamp, text: entry } of merged(cachedIn(path, fileSystem), changed)) {
        text += `${id}\t${stamp}\t${entry}\n`;
        if (text.length < pieceBytes) continue;
        writeText(fileSystem, file, text);
        text = "";
      }
      writeText(fileSystem, file, text);
    } finally {
      fileSystem.closeSync(file);
    }
    fileSystem.renameSync(temporary, path);
  } catch (cause) {
    if (systemCode(cause) === undefined) throw cause;
    ifPresent(() => removeIfPresent(fileSystem, temporary)); // a full or read-only disk only makes the next list slower
  }
}

function* merged(old: Iterable<Cached>, changed: ReadonlyMap<string, Cached | undefined>): IterableIterator<Cached> {
  const fresh = [...changed.values()].filter((one) => one !== undefined).sort((a, b) => (a.id < b.id ? -1 : 1));
  let next = 0;
  for (const line of old) {
    while (next < fresh.length && fresh[next]!.id < line.id) yield fresh[next++]!;
    if (!changed.has(line.id)) yield line;
  }
  while (next < fresh.length) yield fresh[next++]!;
}

/** The lines that can be read, as far as their ids rise. */
function* cachedIn(path: string, fileSystem: FileSystem): Generator<Cached> {
  const file = ifPresent(() => fileSystem.openSync(path, "r"));
  if (file === undefined) return;
  try {
    const { size } = fileSystem.fstatSync(file);
    let rest = "";
    let last = "";
    for (let at = 0; at < size; ) {
      const bytes = readRange(fileSystem, file, at, Math.min(size, at + pieceBytes));
      if (bytes.length === 0) return;
      const whole = bytes.lastIndexOf(10) + 1 || bytes.length; // a character may be cut behind the last newline
      const lines = (rest + bytes.toString("utf8", 0, whole)).split("\n");
      rest = lines.pop()!;
      at += whole;
      for (const line of lines) {
        const [id, stamp, text] = line.split("\t");
        if (!id || !stamp || !text || id <= last) continue;
        last = id;
        yield { id, stamp, text };
      }
    }
  } finally {
    fileSystem.closeSync(file);
  }
}
