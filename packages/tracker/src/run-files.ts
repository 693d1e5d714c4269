import { readdirSync, statSync } from "node:fs";
import { basename, join, relative, resolve, sep } from "node:path";
import { type ArtifactLogged, type JsonObject, messageOf } from "@runferry/core";
import type { PutFile, PutMode } from "@runferry/local";
import { given } from "./put-media.ts";
import { type Recorder, reasonOf } from "./recorder.ts";

/** What became of a file that was logged. */
export interface FileHandle {
  /** `skipped` in a disabled run. */
  readonly status: "logged" | "lost" | "skipped";
  /** Its path among the artifacts of the run. */
  readonly name: string;
  /** Where the bytes are on this disk. */
  readonly path?: string;
  readonly sha256?: string;
  readonly bytes?: number;
  /** Why it is lost. */
  readonly error?: unknown;
}

export interface ArtifactOptions {
  /** Its path among the artifacts; default: the name of the file. */
  readonly name?: string;
  /** `copy` (default), `link` for files that are never written in place, `reference` to leave the bytes where they are. */
  readonly mode?: PutMode;
  readonly type?: string;
  readonly metadata?: JsonObject;
}

/** The files of a run on their way in, one after the other. Nothing here throws or rejects. */
export interface RunFiles {
  put(source: string | Uint8Array, name: string, options?: ArtifactOptions): Promise<FileHandle>;
  /** Every file of a folder, under `prefix`. A file is taken as a folder of one. */
  putAll(source: string, prefix: string, options?: ArtifactOptions): Promise<readonly FileHandle[]>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Names of files that are under way. */
  readonly waiting: readonly string[];
}

/** Counts a file that could not be logged, and says so. */
export function lostFile(recorder: Recorder, name: string, cause: unknown): FileHandle {
  recorder.lost(messageOf(name), messageOf(cause)); // String() of a name may throw
  return { status: "lost", name: messageOf(name), error: cause };
}

/** What comes of `work`, or the handle of a file that is counted as lost. */
export async function orLost(recorder: Recorder, name: string, work: () => Promise<FileHandle>): Promise<FileHandle> {
  try {
    return await work();
  } catch (cause) {
    return lostFile(recorder, name, cause);
  }
}

export function createRunFiles(recorder: Recorder): RunFiles {
  const waiting: string[] = [];
  let tail: Promise<unknown> = Promise.resolve();

  function put(source: string | Uint8Array, name: string, options: ArtifactOptions = {}): Promise<FileHandle> {
    const { stored } = recorder;
    if (stored === undefined) return Promise.resolve({ status: "skipped", name });
    if (typeof name !== "string" || !(typeof source === "string" || source instanceof Uint8Array)) {
      return Promise.resolve(failed(String(name), new TypeError("it takes a path or bytes, and a name")));
    }
    if (source instanceof Uint8Array && !waiting.includes(name)) {
      // What is in memory is on disk when the call returns: the caller may change it, and the process may end.
      return Promise.resolve(logged(name, options, () => stored.putArtifactNow(source, name)));
    }
    const kept = typeof source === "string" ? resolve(source) : new Uint8Array(source); // a copy; slice() of a Buffer is none
    const putOptions = given({ mode: options.mode });
    waiting.push(name);
    const job = tail.then(async () => {
      let done: PutFile;
      try {
        done = await stored.putArtifact(kept, name, putOptions);
      } catch (cause) {
        return failed(name, cause);
      } finally {
        waiting.splice(waiting.indexOf(name), 1);
      }
      return logged(name, options, () => done);
    });
    tail = job;
    return job;
  }

  function logged(name: string, { type, metadata }: ArtifactOptions, work: () => PutFile): FileHandle {
    try {
      const { file, reference } = work();
      const event: ArtifactLogged = { kind: "artifact.logged", file, ...given({ reference, type, metadata }) };
      if (!recorder.record(event)) return { status: "lost", name };
      const path = reference ?? recorder.stored?.pathOf(file);
      return { status: "logged", name, sha256: file.sha256, bytes: file.bytes, ...given({ path }) };
    } catch (cause) {
      return failed(name, cause);
    }
  }

  function failed(name: string, cause: unknown): FileHandle {
    recorder.lost(`artifact ${name}`, reasonOf(cause));
    return { status: "lost", name, error: cause };
  }

  async function putAll(source: string, prefix: string, options: ArtifactOptions = {}): Promise<readonly FileHandle[]> {
    if (recorder.stored === undefined) return [];
    let found: readonly (readonly [path: string, name: string])[];
    try {
      found = filesIn(resolve(source), prefix);
      if (found.length === 0) throw new Error("the folder holds no files");
    } catch (cause) {
      return [failed(prefix || basename(source), cause)];
    }
    return Promise.all(found.map(([path, name]) => put(path, name, options)));
  }

  return {
    put,
    putAll,
    async idle() {
      while (waiting.length > 0) await tail;
      await tail;
    },
    waiting,
  };
}

/**
 * Everything in a folder but its folders. Links to files are followed. Links to folders are not, since they may lead round
 * in circles; they, links that lead nowhere and pipes are lost, each told where it is read, and cost no other file.
 */
function filesIn(source: string, prefix: string): readonly (readonly [path: string, name: string])[] {
  const under = (name: string) => (prefix === "" ? name : `${prefix.replace(/\/+$/, "")}/${name}`);
  if (!statSync(source).isDirectory()) return [[source, under(basename(source))]];
  const found: string[] = [];
  const folders = [source];
  // Not by `recursive: true`, which follows links to folders.
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      (entry.isDirectory() ? folders : found).push(join(folder, entry.name));
    }
  }
  return found.sort().map((path) => [path, under(relative(source, path).split(sep).join("/"))]);
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // what is wrong with it is told when it is read
  }
}
