import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type FileRef, type Journal, RunferryError, type Source, type Stream } from "@runferry/core";
import { filePath, mergeRun, readRun } from "../mapping/index.ts";
import { type FoundRun, findRuns, type LogFile } from "./find-runs.ts";
import { createHeldFiles } from "./held-files.ts";
import { readFacts } from "./read-facts.ts";
import { readConsole, readRows, readSystem } from "./read-parts.ts";
import { scanRun } from "./scan-run.ts";

export interface WandbOfflineSourceOptions {
  /**
   * Whether a file of a run may be a link to somewhere else, as `wandb.save` makes them. Default: no, since a folder that
   * someone else made could name any file of this machine so.
   */
  readonly followLinks?: boolean;
}

/** Every run that W&B's own client or runferry wrote below a folder. Nothing there is changed. */
export function wandbOfflineSource(dir: string, options: WandbOfflineSourceOptions = {}): Source {
  const root = resolve(dir);
  return {
    async *runs({ ids, signal } = {}) {
      signal?.throwIfAborted();
      const wanted = ids && new Set(ids);
      for (const found of await findRuns(root)) {
        signal?.throwIfAborted();
        if (!wanted || wanted.has(found.id)) yield journalOf(found, options);
      }
    },
  };
}

function journalOf(found: FoundRun, { followLinks = false }: WandbOfflineSourceOptions): Journal {
  const places = new Map<string, string>();

  function streamOf(name: string, logs: readonly LogFile[]): Stream {
    return {
      name,
      async *read({ after = 0, signal } = {}) {
        const folders = logs.map(({ path }) => dirname(path));
        const files = createHeldFiles(folders, followLinks);
        const scanned = await scanRun(found, logs);
        const run = readRun(scanned.remote, found.id);
        const about = { isOwn: found.isOwn, startedAt: run.started.createdAt, files };
        const onFile = (path: string, place: string) => places.set(path, place);
        const facts = await readFacts(scanned, { ...about, folders, onFile });
        const parts = {
          run,
          facts,
          rows: readRows(logs, scanned, about),
          console: readConsole(logs),
          system: readSystem(logs),
        };
        for await (const events of mergeRun(parts, after)) {
          signal?.throwIfAborted();
          yield events;
        }
      },
    };
  }

  async function placeOf(file: FileRef): Promise<string | undefined> {
    const logs = [...found.streams.values()].flat();
    const files = createHeldFiles(
      logs.map(({ path }) => dirname(path)),
      followLinks,
    );
    const path = found.isOwn && !file.path.startsWith("media/") ? filePath(file.path) : file.path;
    return (await files.place(path)) ?? (await files.place(file.path)) ?? places.get(file.path);
  }

  return {
    run: found.id,
    async *streams() {
      for (const [name, logs] of found.streams) yield streamOf(name, logs);
    },
    async *open(file, { start = 0, signal } = {}) {
      let place = await placeOf(file);
      if (place === undefined && !found.isOwn) {
        // Where the files of artifacts are is told by the run itself.
        for (const [name, logs] of found.streams) for await (const _events of streamOf(name, logs).read()) break;
        place = places.get(file.path);
      }
      const size = place === undefined ? undefined : (await stat(place)).size;
      if (place === undefined || size !== file.bytes) throw missing(found.id, file, size);
      if (start >= size) return;
      yield* createReadStream(place, { start, ...(signal ? { signal } : {}) }) as AsyncIterable<Uint8Array>;
    },
  };
}

function missing(run: string, file: FileRef, size: number | undefined): RunferryError {
  const found = size === undefined ? "is not there" : `has ${size} bytes, not ${file.bytes}`;
  return new RunferryError("file_missing", `the file ${file.path} of run ${run} ${found}`, {
    hint: "put it back into the folder of the run",
    data: "nothing was changed; the facts of the run are there",
  });
}
