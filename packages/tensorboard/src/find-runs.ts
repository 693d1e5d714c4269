import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { getOrCreate, mainStream, RunferryError } from "@runferry/core";
import { unescapeName } from "./names.ts";
import { largeFolder } from "./places.ts";
import { isEndFile, ownIdOf, readEventFileName } from "./run-folder.ts";

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
  /** Its event files, below the logdir. */
  readonly files: readonly string[];
}

/**
 * Every run below a logdir: as TensorBoard has it, each folder with event files, by its name; then what runferry wrote, by
 * its id. Until a run is given it is no more than a string for each of its files: there may be very many.
 */
export async function* findRuns(logdir: string): AsyncIterable<FoundRun> {
  const lines: string[] = [];
  for await (const { folder, names } of eventFolders(logdir)) {
    for (const name of names) lines.push([ownIdOf(name) ?? "", folder, name].join("\0"));
  }
  lines.sort().reverse();
  for (let line = lines.at(-1); line !== undefined; line = lines.at(-1)) {
    const [id = "", folder = ""] = line.split("\0");
    const start = id === "" ? `\0${folder}\0` : `${id}\0`;
    const files: string[] = [];
    while (lines.at(-1)?.startsWith(start)) files.push(join(...lines.pop()!.split("\0").slice(1)));
    if (id === "") yield { folder: slashed(folder), id: undefined, files };
    else yield* ownRuns(unsliced(id), files);
  }
}

/** The same in memory of its own: a part of a string keeps the whole of it, and an id outlives the line that it is of. */
function unsliced(text: string): string {
  return Buffer.from(text).toString();
}

interface EventFolder {
  readonly folder: string;
  readonly names: readonly string[];
}

/** Links are followed as TensorBoard does, but no folder is read twice. They wait for all that is no link. */
async function* eventFolders(logdir: string): AsyncIterable<EventFolder> {
  const links: string[] = ["."];
  const trees: string[] = [];
  for (const link of links) {
    const tree = await realpath(join(logdir, link)).catch(() => undefined);
    if (tree === undefined && link === ".") throw notFound(logdir);
    if (tree === undefined || trees.some((other) => isWithin(other, tree))) continue;
    const rest = ["."];
    for (let below = rest.pop(); below !== undefined; below = rest.pop()) {
      if (trees.includes(join(tree, below))) continue;
      const folder = join(link, below);
      const names: string[] = [];
      for (const entry of await entriesOf(join(logdir, folder))) {
        const isLink = entry.isSymbolicLink();
        const there = isLink ? await stat(join(logdir, folder, entry.name)).catch(() => undefined) : entry;
        if (there?.isDirectory()) (isLink ? links : rest).push(join(isLink ? folder : below, entry.name));
        else if (there?.isFile() && isEventFile(entry.name)) names.push(entry.name);
      }
      if (names.length > 0) yield { folder, names };
    }
    trees.push(tree);
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return []; // removed meanwhile
    throw cause;
  }
}

/** What only repeats an end stands in a config text as well. */
function isEventFile(name: string): boolean {
  return name.includes("tfevents") && !name.endsWith(".profile-empty") && !isEndFile(name);
}

function ownRuns(id: string, files: readonly string[]): readonly FoundRun[] {
  const homes = [...new Set(files.map(homeOf))].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const runs = Map.groupBy(files, (file) => {
    const home = homeOf(file);
    return homes.find((root) => root === "" || home === root || home.startsWith(`${root}/`))!;
  });
  // A copy of a run elsewhere in the logdir is another run: two cannot have one id.
  return homes
    .filter((home) => runs.has(home))
    .map((home, i) => ({ folder: home || ".", id: i === 0 ? id : undefined, files: runs.get(home)! }));
}

/** The folder of the stream that a file is of: late stretches and large steps belong to it as well. */
function homeOf(file: string): string {
  const names = file.split(/[/\\]/).slice(0, -1);
  if (/^(?:late-\d+|no-step|with-step)$/.test(names.at(-1) ?? "")) names.pop();
  return names.map((name) => (name.endsWith(largeFolder) ? name.slice(0, -largeFolder.length) : name)).join("/");
}

/** The streams of a run, and the files of each. */
export function streamsOf(logdir: string, { folder, files }: FoundRun): ReadonlyMap<string, readonly StreamFile[]> {
  const streams = new Map<string, StreamFile[]>();
  for (const [i, file] of files.entries()) {
    const name = basename(file);
    const isOwn = ownIdOf(name) !== undefined;
    const below = isOwn ? slashed(relative(folder, homeOf(file))) : "";
    const stream = below === "" ? mainStream : unescapeName(below);
    const generation = isOwn ? readEventFileName(name)!.generation : i;
    getOrCreate(streams, stream, () => []).push({ path: join(logdir, file), generation });
  }
  for (const list of streams.values()) {
    list.sort((a, b) => a.generation - b.generation || a.path.length - b.path.length || (a.path < b.path ? -1 : 1));
  }
  return streams;
}

function slashed(path: string): string {
  return path.replaceAll("\\", "/");
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
