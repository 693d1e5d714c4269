import { createHash } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { folderName } from "./folder-name.ts";
import { largeFolder } from "./places.ts";

/** The name of an event file. It holds the id of the run, so that its folder is found again. */
export function eventFileName(run: string, createdAt: number, generation: number): string {
  const seconds = Math.max(0, Math.floor(createdAt / 1000));
  return `events.out.tfevents.${String(seconds).padStart(10, "0")}.${folderName(run)}.${String(generation).padStart(6, "0")}`;
}

const ownFile = /^events\.out\.tfevents\.\d{10,}\.(.+)\.(\d{6})$/;

/** The id and the generation in such a name, or undefined where another tool chose it. */
export function readEventFileName(name: string): { readonly run: string; readonly generation: number } | undefined {
  const found = ownFile.exec(name);
  if (!found || found[1]!.includes(".")) return undefined;
  return { run: found[1]!, generation: Number(found[2]) };
}

/** What a run needs of the file system, so that a test can stand before every side effect. */
export interface SideEffects {
  point(label: string): void;
}

/**
 * The folder of a run below that of its experiment: by its name, or where another run has that, `name-2` and so on. It is
 * found again by the id in the names of its event files, so nothing else marks it. A new one appears at once with its
 * first, empty file in it: two that want the same folder cannot both get it.
 */
export async function findRunFolder(
  experimentFolder: string,
  name: string,
  run: string,
  firstFile: string,
  effects: SideEffects,
): Promise<string> {
  const plain = folderName(name);
  const digest = createHash("sha256").update(firstFile).digest("hex").slice(0, 8);
  // Its name cannot be that of a run, and is the same after a crash.
  const draft = join(experimentFolder, `~${folderName(run)}-${digest}`);
  for (;;) {
    const there = await foldersIn(experimentFolder);
    const candidates = there.filter((folder) => folder === plain || isNumbered(folder, plain));
    for (const folder of candidates) {
      if (!(await holdsRun(join(experimentFolder, folder), folderName(run)))) continue;
      await rm(draft, { recursive: true, force: true }); // of a crash before another stream got the folder
      return folder;
    }
    let number = 1;
    let folder = plain;
    while (there.some((taken) => taken.toLowerCase() === folder.toLowerCase())) folder = `${plain}-${++number}`;
    if (await claim(draft, join(experimentFolder, folder), firstFile, effects)) return folder;
  }
}

function isNumbered(folder: string, plain: string): boolean {
  return folder.startsWith(`${plain}-`) && /^[1-9]\d*$/.test(folder.slice(plain.length + 1));
}

async function claim(draft: string, folder: string, firstFile: string, effects: SideEffects): Promise<boolean> {
  effects.point("create folder");
  await rm(draft, { recursive: true, force: true });
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
  const isLarge = place.startsWith("^");
  const rest = isLarge ? place.slice(1) : place;
  return join(isLarge ? runFolder + largeFolder : runFolder, stream, rest);
}
