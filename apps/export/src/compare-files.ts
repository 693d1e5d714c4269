import { createHash } from "node:crypto";
import { type FileRef, isRunferryError, type Journal, type Mismatch, type RunView, unreadHash } from "@runferry/core";

/** How many files of a run were compared, and by what. */
export interface ComparedFiles {
  readonly sizes: number;
  readonly bytes: number;
}

export interface FilesToCompare {
  /** The run here, and its files as they are named here. */
  readonly journal: Journal;
  readonly view: RunView;
  /** What should be there. */
  readonly expected: RunView;
  readonly copy: Journal;
  readonly held: RunView;
  /** Whether every file is read there to its end. */
  readonly bytes: boolean;
  /** Whether the place says what it was told of a file, and only opening it shows that it is there. */
  readonly opens: boolean;
}

/** Files of a run that the copy says it has, and that are not there, or, where their bytes are compared, other ones. */
export async function compareFiles(
  options: FilesToCompare,
): Promise<{ readonly compared: ComparedFiles; readonly amiss: readonly Mismatch[] }> {
  const { journal, copy, bytes, opens } = options;
  const wanted = new Map(filesOf(options.expected).map((file) => [file.path, file]));
  const own = new Map(filesOf(options.view).map((file) => [file.sha256, file]));
  const compared = { sizes: 0, bytes: 0 };
  const amiss: Mismatch[] = [];
  for (const { path, bytes: size, sha256 } of filesOf(options.held)) {
    const file = wanted.get(path);
    if (file === undefined) continue;
    const md5 = copy.md5Of?.(file);
    // Of media most places only repeat what they were told.
    const isRead = !opens && sha256 !== unreadHash && options.held.artifacts.has(path);
    if (size !== file.bytes)
      compared.sizes++; // which is named already, as is another hash
    else if (isRead) compared.bytes++;
    else if (md5 !== undefined && md5 === (await md5Of(journal, own.get(file.sha256)))) compared.bytes++;
    else {
      const reads = bytes || md5 !== undefined;
      compared[reads ? "bytes" : "sizes"]++;
      if (reads || opens) amiss.push(...(await mismatchOf(copy, file, reads)));
    }
  }
  return { compared, amiss };
}

async function mismatchOf(copy: Journal, file: FileRef, isRead: boolean): Promise<readonly Mismatch[]> {
  const hash = createHash("sha256");
  let read = 0;
  try {
    for await (const some of copy.open(file)) {
      if (!isRead) return [];
      hash.update(some);
      read += some.length;
    }
  } catch (cause) {
    if (!isRunferryError(cause, "file_missing")) throw cause;
    if (read === 0) return [{ kind: "file", key: file.path, here: `${file.bytes} bytes`, there: undefined }];
  }
  const there = hash.digest("hex");
  if (!isRead || there === file.sha256) return [];
  return [
    { kind: "file", key: file.path, here: textOf(file), there: `differs: ${textOf({ bytes: read, sha256: there })}` },
  ];
}

function textOf({ bytes, sha256 }: Omit<FileRef, "path">): string {
  return `${bytes} bytes, sha256 ${sha256.slice(0, 12)}…`;
}

/** Undefined where the file is not here any more. */
async function md5Of(journal: Journal, file: FileRef | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const hash = createHash("md5");
  try {
    for await (const some of journal.open(file)) hash.update(some);
  } catch (cause) {
    if (isRunferryError(cause, "file_missing")) return undefined;
    throw cause;
  }
  return hash.digest("base64");
}

function filesOf({ artifacts, media }: RunView): readonly FileRef[] {
  const files = [...artifacts.values()].flatMap(({ file, reference }) => (reference === undefined ? file : []));
  for (const { media: one } of media) if ("file" in one && one.file) files.push(one.file);
  return files;
}
