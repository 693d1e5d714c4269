import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, type Json, RunferryError } from "@runferry/core";
import { isMissing, placeFile } from "./files.ts";
import type { Format, SideEffects } from "./formats.ts";

/** Says that a folder is ours, and which kind of files it holds. No pattern for the tables matches it. */
export const markerName = "runferry-tables.json";
const format = 1;

/** Makes the folder ours. One that holds the files of others, or another kind, is left as it is. */
export async function claimFolder(dir: string, kind: Format["kind"], effects: SideEffects): Promise<void> {
  const found = await kindOfFolder(dir);
  if (found === kind) return;
  if (found !== undefined) throw otherKind(dir, found, kind);
  const names = await readdir(dir).catch((cause: unknown) => {
    if (isMissing(cause)) return [];
    throw cause;
  });
  const others = names.filter((name) => name !== ".DS_Store" && name !== `.${markerName}.tmp`);
  if (others.length > 0 && (await holdsFiles(dir))) throw foreign(dir, others);
  effects.point("make folder");
  await mkdir(dir, { recursive: true });
  await placeFile(join(dir, markerName), [Buffer.from(`${JSON.stringify({ format, kind })}\n`)], effects);
}

/** Empty folders may be what is left of tables that were taken away. */
async function holdsFiles(dir: string): Promise<boolean> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.some((entry) => !entry.isDirectory());
}

/** Which kind of tables a folder holds; nothing where it holds none. */
export async function kindOfFolder(dir: string): Promise<Format["kind"] | undefined> {
  const path = join(dir, markerName);
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    if (isMissing(cause)) return undefined;
    throw cause;
  });
  if (text === undefined) return undefined;
  let told: Json = null;
  try {
    told = JSON.parse(text) as Json;
  } catch {
    // said below
  }
  const { format: own, kind } = isJsonObject(told) ? told : {};
  if (typeof own === "number" && own > format) throw newer(path, own);
  if (own === format && (kind === "csv" || kind === "parquet")) return kind;
  throw new RunferryError("damaged", `${path} does not say what the folder holds`, {
    hint: `write {"format":${format},"kind":"parquet"} into it, or csv, or name another folder`,
    data: "nothing was written or changed",
  });
}

function foreign(dir: string, others: readonly string[]): RunferryError {
  const some = others.slice(0, 3).join(", ");
  return new RunferryError("bad_option", `${dir} holds other files than tables of runferry: ${some}`, {
    hint: "name an empty folder or one that does not exist yet",
    data: "nothing was written there",
  });
}

function otherKind(dir: string, found: string, wanted: string): RunferryError {
  return new RunferryError("bad_option", `${dir} holds tables in ${found}, not ${wanted}`, {
    hint: `write ${found}:${dir}, or name another folder`,
    data: "nothing was written there",
  });
}

function newer(path: string, own: number): RunferryError {
  return new RunferryError("format_newer", `${path} has format ${own}; this version knows ${format}`, {
    hint: "install a newer version of runferry",
    data: "nothing was written or changed",
  });
}
