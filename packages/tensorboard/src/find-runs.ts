import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { getOrCreate, isRunId, mainStream, RunferryError } from "@runferry/core";
import { unescapeName } from "./names.ts";
import { largeFolder } from "./places.ts";
import { readEventFileName } from "./run-folder.ts";

/** One event file of a stream. Those of a lower generation are read before those of a higher one. */
export interface StreamFile {
  readonly path: string;
  readonly generation: number;
}

/** A run as it lies below a logdir. */
export interface FoundRun {
  /** Its folder below the logdir, `/` between names; `.` is the logdir itself. */
  readonly folder: string;
  /** The id that the names of its files tell, where runferry wrote them. */
  readonly id: string | undefined;
  readonly streams: ReadonlyMap<string, readonly StreamFile[]>;
}

const deepest = 32;

/** Every run below a logdir: as TensorBoard has it, each folder with event files; what runferry wrote, by its id. */
export async function findRuns(logdir: string): Promise<readonly FoundRun[]> {
  const folders = new Map<string, string[]>();
  await walk(logdir, ".", folders, new Set(), 0);
  const own = new Map<string, string[]>();
  const runs: FoundRun[] = [];
  for (const [folder, names] of folders) {
    const foreign = names.filter((name) => ownIdOf(name) === undefined);
    if (foreign.length > 0) runs.push(foreignRun(logdir, folder, foreign));
    for (const name of names) {
      const id = ownIdOf(name);
      if (id) getOrCreate(own, id, () => []).push(join(folder, name));
    }
  }
  for (const [id, paths] of own) runs.push(...ownRuns(logdir, id, paths));
  return runs.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

async function walk(
  logdir: string,
  folder: string,
  found: Map<string, string[]>,
  seen: Set<string>,
  depth: number,
): Promise<void> {
  const here = join(logdir, folder);
  const real = await realpath(here).catch(() => undefined);
  if (real === undefined) {
    if (depth === 0) throw notFound(logdir);
    return; // a link to nowhere, or removed meanwhile
  }
  // Links are followed as TensorBoard does, but not in circles.
  if (seen.has(real) || depth > deepest) return;
  seen.add(real);
  const names: string[] = [];
  for (const name of (await readdir(here)).sort()) {
    const info = await stat(join(here, name)).catch(() => undefined);
    if (info?.isDirectory()) await walk(logdir, folder === "." ? name : join(folder, name), found, seen, depth + 1);
    else if (info?.isFile() && name.includes("tfevents") && !name.endsWith(".profile-empty")) names.push(name);
  }
  if (names.length > 0) found.set(folder, names);
}

function ownIdOf(name: string): string | undefined {
  const run = readEventFileName(name)?.run;
  const id = run === undefined ? undefined : unescapeName(run);
  return id !== undefined && isRunId(id) ? id : undefined;
}

function foreignRun(logdir: string, folder: string, names: readonly string[]): FoundRun {
  const files = [...names].sort().map((name, generation) => ({ path: join(logdir, folder, name), generation }));
  return { folder: folder.replaceAll("\\", "/"), id: undefined, streams: new Map([[mainStream, files]]) };
}

interface Located {
  readonly path: string;
  /** The folder of the stream: late stretches and large steps belong to it as well. */
  readonly home: readonly string[];
  readonly generation: number;
}

function ownRuns(logdir: string, id: string, paths: readonly string[]): readonly FoundRun[] {
  const located = paths.map((path): Located => {
    const names = path.split(/[/\\]/);
    const file = names.pop()!;
    if (/^(?:late-\d+|no-step)$/.test(names.at(-1) ?? "")) names.pop();
    const home = names.map((name) => (name.endsWith(largeFolder) ? name.slice(0, -largeFolder.length) : name));
    return { path: join(logdir, path), home, generation: readEventFileName(file)!.generation };
  });
  const roots = new Map<string, Located[]>();
  const homes = [...new Set(located.map(({ home }) => home.join("/")))].sort((a, b) => a.length - b.length);
  for (const one of located) {
    const home = one.home.join("/");
    const root = homes.find((candidate) => home === candidate || home.startsWith(`${candidate}/`))!;
    getOrCreate(roots, root, () => []).push(one);
  }
  return [...roots].map(([root, files], i) => {
    const streams = new Map<string, StreamFile[]>();
    for (const { path, home, generation } of files) {
      const rest = relative(root, home.join("/")).replaceAll("\\", "/");
      const stream = rest === "" ? mainStream : unescapeName(rest);
      getOrCreate(streams, stream, () => []).push({ path, generation });
    }
    for (const list of streams.values()) {
      list.sort((a, b) => a.generation - b.generation || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
    }
    // A copy of a run elsewhere in the logdir is another run: two cannot have one id.
    return { folder: root === "" ? "." : root, id: i === 0 ? id : undefined, streams };
  });
}

/** What a run is called by its folder. */
export function namesOfFolder(logdir: string, folder: string): { readonly name: string; readonly experiment: string } {
  const names = folder === "." ? [] : folder.split("/");
  const own = names.pop() ?? basename(logdir);
  return {
    name: unescapeName(own) || "run",
    experiment: unescapeName(names.join("/") || basename(logdir)) || "tensorboard",
  };
}

function notFound(logdir: string): RunferryError {
  return new RunferryError("not_found", `there is no folder ${logdir}`, {
    hint: "name the folder that TensorBoard is started with",
    data: "nothing was read or changed",
  });
}
