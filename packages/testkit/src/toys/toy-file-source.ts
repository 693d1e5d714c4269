import { readdir, readFile } from "node:fs/promises";
import { type Journal, RunferryError, type Source, type Stream } from "@runferry/core";
import { eventOf, nameOfFile, toyFilePath } from "./toy-file-lines.ts";
import { isSystemError } from "./write-at.ts";

// #region source
/** Reads the runs of a folder that `toyFile` wrote. Event numbers are those of the journal, refused ones missing. */
export function toyFileSource(folder: string): Source {
  return {
    async *runs({ ids, signal } = {}) {
      for (const [run, streams] of await runsIn(folder)) {
        signal?.throwIfAborted();
        if (!ids || ids.includes(run)) yield journalOf(folder, run, streams);
      }
    },
  };
}

function journalOf(folder: string, run: string, streams: readonly string[]): Journal {
  return {
    run,
    async *streams() {
      for (const stream of streams) yield streamOf(toyFilePath(folder, run, stream), stream);
    },
    // biome-ignore lint/correctness/useYield: there are no files to read
    async *open(file) {
      throw new RunferryError("file_missing", `${folder} holds no files, so not ${file.path} either`, {
        hint: "read the file from the journal that the run came from",
        data: "the facts of the run are there",
      });
    },
  };
}

function streamOf(path: string, name: string): Stream {
  return {
    name,
    async *read({ after = 0, signal } = {}) {
      const lines = (await readFile(path, { encoding: "utf8", signal })).split("\n");
      lines.pop(); // what follows the last newline is torn, or nothing
      const events = lines.map((line, i) => eventOf(line) ?? damaged(path, i + 1)).filter(({ seq }) => seq > after);
      if (events.length > 0) yield events;
    },
  };
}
// #endregion source

function damaged(path: string, line: number): never {
  throw new RunferryError("bad_json", `${path} is damaged in line ${line}`, {
    hint: "deliver the run to a new folder from its journal",
    data: "nothing was changed by reading",
  });
}

async function runsIn(folder: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const runs = new Map<string, string[]>();
  for (const file of (await filesIn(folder)).sort()) {
    const name = nameOfFile(file);
    if (name) runs.set(name.run, [...(runs.get(name.run) ?? []), name.stream]);
  }
  return runs;
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if (isSystemError(cause) && cause.code === "ENOENT") return [];
    throw cause;
  }
}
