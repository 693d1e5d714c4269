import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRunId } from "@runferry/core";
import { folderName } from "./folder-name.ts";
import { unescapeName } from "./names.ts";
import { endMark, largeFolder } from "./places.ts";

/** The name of an event file. It holds the id of the run, so that its folder is found again. */
export function eventFileName(run: string, createdAt: number, generation: number): string {
  const seconds = Math.max(0, Math.floor(createdAt / 1000));
  return `events.out.tfevents.${String(seconds).padStart(10, "0")}.${folderName(run)}.${String(generation).padStart(6, "0")}`;
}

/** The file of a place. */
export function placeFileName(run: string, createdAt: number, generation: number, place: string): string {
  if (!place.startsWith(endMark)) return eventFileName(run, createdAt, generation);
  return `events.out.tfevents.${"0".repeat(10)}.-.${folderName(run)}.${place.slice(endMark.length)}.end`;
}

/**
 * The place of what is said of the end of a run, behind the event of `main` with the seq `after`; later ones sort before.
 * `seq` tells those of one observer apart. Nothing is ever added to it.
 */
export function endPlace(after: number, seq: number): string {
  const inverted = (value: number) => String(Number.MAX_SAFE_INTEGER - value).padStart(16, "0");
  return `${endMark}${inverted(after)}.${inverted(seq)}`;
}

const endFile = /^events\.out\.tfevents\.0{10}\.-\..+\.\d{16}\.\d{16}\.end$/;

/** Whether a file only repeats an end, for TensorBoard. */
export function isEndFile(name: string): boolean {
  return endFile.test(name);
}

const ownFile = /^events\.out\.tfevents\.\d{10,}\.(.+)\.(\d{6})$/;

/** The id and the generation in such a name, or undefined where another tool chose it. */
export function readEventFileName(name: string): { readonly run: string; readonly generation: number } | undefined {
  const found = ownFile.exec(name);
  if (!found || found[1]!.includes(".")) return undefined;
  return { run: found[1]!, generation: Number(found[2]) };
}

/** The id of the run that a file is of, where runferry wrote it. */
export function ownIdOf(name: string): string | undefined {
  const run = readEventFileName(name)?.run;
  const id = run === undefined ? undefined : unescapeName(run);
  return id !== undefined && isRunId(id) ? id : undefined;
}

/** What a run needs of the file system, so that a test can stand before every side effect. */
export interface SideEffects {
  point(label: string): void;
}

/** Finds the folder of a run below that of its experiment. */
export type FindRunFolder = (experimentFolder: string, name: string, run: string, firstFile: string) => Promise<string>;

/**
 * The folder has the name of the run, or where another run has that, `name-2` and so on. It is found again by the id in
 * the names of its event files, so nothing else marks it. A new one appears at once with its first, empty file in it: two
 * that want the same folder cannot both get it.
 */
export function createFindRunFolder(effects: SideEffects): FindRunFolder {
  /** By experiment, the names that were taken when it was last looked at, without their numbers and in lower case. */
  const seen = new Map<string, Set<string>>();

  return async (experimentFolder, name, run, firstFile) => {
    const plain = folderName(name);
    const digest = createHash("sha256").update(firstFile).digest("hex").slice(0, 8);
    // Its name cannot be that of a run, and is the same after a crash.
    const draft = join(experimentFolder, `~${folderName(run)}-${digest}`);
    const taken = seen.get(experimentFolder);
    // Thousands of runs go there one after the other: for a new name nobody has to look at all of them.
    if (
      taken &&
      !taken.has(plain.toLowerCase()) &&
      (await claim(draft, join(experimentFolder, plain), firstFile, effects))
    ) {
      note(plain, taken);
      return plain;
    }
    for (;;) {
      const there = await foldersIn(experimentFolder);
      const names = new Set<string>();
      for (const folder of there) note(folder, names);
      seen.set(experimentFolder, names);
      const candidates = there.filter((folder) => folder === plain || isNumbered(folder, plain));
      for (const folder of candidates) {
        if (!(await holdsRun(join(experimentFolder, folder), folderName(run)))) continue;
        await rm(draft, { recursive: true, force: true }); // of a crash before another stream got the folder
        return folder;
      }
      let number = 1;
      let folder = plain;
      while (there.some((taken) => taken.toLowerCase() === folder.toLowerCase())) folder = `${plain}-${++number}`;
      if (!(await claim(draft, join(experimentFolder, folder), firstFile, effects))) continue;
      note(folder, names);
      return folder;
    }
  };
}

function note(folder: string, names: Set<string>): void {
  const lower = folder.toLowerCase();
  names.add(lower);
  names.add(lower.replace(/-[1-9]\d*$/, ""));
}

function isNumbered(folder: string, plain: string): boolean {
  return folder.startsWith(`${plain}-`) && /^[1-9]\d*$/.test(folder.slice(plain.length + 1));
}

async function claim(draft: string, folder: string, firstFile: string, effects: SideEffects): Promise<boolean> {
  effects.point("create folder");
  await mkdir(dirname(join(draft, firstFile)), { recursive: true });
  await writeFile(join(draft, firstFile), "");
  effects.point("claim folder");
  try {
    await rename(draft, folder);
    return true;
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (["ENOTEMPTY", "EEXIST", "EPERM", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "")) return false;
    throw cause;
  }
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw cause;
  }
}

async function holdsRun(folder: string, run: string): Promise<boolean> {
  const names = await readdir(folder, { recursive: true }).catch(() => [] as string[]);
  return names.some((path) => readEventFileName(path.split(/[/\\]/).at(-1)!)?.run === run);
}

/** The folder of a place: below that of the run, or beside it where the steps are too large for its table. */
export function placeFolder(runFolder: string, stream: string, place: string): string {
  if (place.startsWith(endMark)) return runFolder;
  const isLarge = place.startsWith("^");
  const rest = isLarge ? place.slice(1) : place;
  return join(isLarge ? runFolder + largeFolder : runFolder, stream, rest);
}
