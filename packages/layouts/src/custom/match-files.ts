import { createReadStream } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { within } from "../run/folder-files.ts";
import { type FileChoice, matchesName } from "./mapping.ts";

/** As deep as folders are looked into. */
const deepest = 8;

const natural = new Intl.Collator("en", { numeric: true });

/** Whether a path below a folder fits one of some globs: `*` is within a name, and `**` any folders. */
export function matchesPath(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => fits(path.split("/"), glob.split("/")));
}

function fits(names: readonly string[], [part, ...rest]: readonly string[]): boolean {
  if (part === undefined) return names.length === 0;
  if (part !== "**") return names.length > 0 && matchesName(names[0]!, [part]) && fits(names.slice(1), rest);
  if (rest.length === 0) return names.length > 0;
  return names.some((_, i) => fits(names.slice(i), rest));
}

/**
 * The files that are chosen, by their path below the folder. What leads out of it is not touched; that is told where all
 * files of the run are listed.
 */
export async function chosenFiles(folder: string, choice: FileChoice): Promise<readonly string[]> {
  const root = await realpath(folder).catch(() => undefined);
  if (root === undefined) return [];
  for (const glob of choice.file) {
    const found: string[] = [];
    for (const path of await matching(folder, "", glob.split("/"), 0)) {
      const there = await within(join(folder, path), root);
      const isFile = typeof there !== "string" && there.isFile();
      if (isFile && (await begins(join(folder, path), choice.begins))) found.push(path);
    }
    if (found.length === 0) continue;
    found.sort(natural.compare);
    return choice.pick === "all" ? found : choice.pick === "first" ? found.slice(0, 1) : found.slice(-1);
  }
  return [];
}

/** Part by part, so that only folders are read in which something may match. */
async function matching(
  folder: string,
  path: string,
  [part, ...rest]: readonly string[],
  depth: number,
): Promise<readonly string[]> {
  if (part === undefined || depth > deepest) return [];
  const found: string[] = [];
  if (part === "**") found.push(...(await matching(folder, path, rest.length > 0 ? rest : ["*"], depth)));
  const entries = await readdir(join(folder, path), { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const own = path === "" ? entry.name : `${path}/${entry.name}`;
    if (part === "**") {
      if (entry.isDirectory()) found.push(...(await matching(folder, own, ["**", ...rest], depth + 1)));
    } else if (!matchesName(entry.name, [part])) {
      // another name
    } else if (rest.length === 0) {
      if (!entry.isDirectory()) found.push(own);
    } else if (entry.isDirectory()) found.push(...(await matching(folder, own, rest, depth + 1)));
  }
  return found;
}

async function begins(path: string, texts: readonly string[] | undefined): Promise<boolean> {
  if (texts === undefined) return true;
  const longest = texts.reduce((most, text) => Math.max(most, Buffer.byteLength(text)), 0);
  let head = "";
  try {
    for await (const chunk of createReadStream(path, { end: longest + 2 })) head += String(chunk);
  } catch {
    return false; // what cannot be read is none
  }
  return texts.some((text) => head.replace(/^\uFEFF/, "").startsWith(text));
}

/** What tells folders of one kind of run. */
export type FolderKind = {
  readonly mapping: { readonly runs: readonly string[]; readonly needs: readonly FileChoice[] };
};

/** The folders below a root that are runs of the first kind they fit, but none within another. */
export async function* runFolders<K extends FolderKind>(
  root: string,
  kinds: readonly K[],
  path = ".",
): AsyncGenerator<{ readonly path: string; readonly kind: K }> {
  const folder = join(root, path);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const mayHold = (need: FileChoice) => need.file.some((glob) => entries.some(({ name }) => leadsTo(name, glob)));
  for (const kind of kinds) {
    const { runs, needs } = kind.mapping;
    const isNamed = path === "." ? runs.some((glob) => glob === "." || glob === "**") : matchesPath(path, runs);
    if (!isNamed || !needs.every(mayHold) || !(await holdsAll(folder, needs))) continue;
    yield { path, kind };
    return;
  }
  const depth = path === "." ? 0 : path.split("/").length;
  if (depth >= Math.max(...kinds.flatMap(({ mapping }) => mapping.runs.map(depthOf)))) return;
  const names = entries.filter((entry) => entry.isDirectory() && !/^(?:\.|node_modules$)/.test(entry.name));
  for (const { name } of names.sort((a, b) => natural.compare(a.name, b.name))) {
    yield* runFolders(root, kinds, path === "." ? name : `${path}/${name}`);
  }
}

/** Whether something of this name may be what a glob names, or hold it: most folders are told apart without a further look. */
function leadsTo(name: string, glob: string): boolean {
  const [first = ""] = glob.split("/");
  return first === "**" || matchesName(name, [first]);
}

function depthOf(glob: string): number {
  if (glob.includes("**")) return deepest;
  return glob === "." ? 0 : glob.split("/").length;
}

async function holdsAll(folder: string, needs: readonly FileChoice[]): Promise<boolean> {
  for (const need of needs) if ((await chosenFiles(folder, need)).length === 0) return false;
  return true;
}
