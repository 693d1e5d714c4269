import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readFileSync, statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { isJsonObject, type Json, type JsonObject } from "@runferry/core";
import { jsonParts } from "../json/json-parts.ts";
import { parsePythonJson } from "../json/python-json.ts";
import { type Losses, whereOf } from "./losses.ts";
import { piecesOf } from "./pieces.ts";

/** What stands for bytes that are no text; a text may also say it itself. */
const unreadable = "\ufffd";

/** The entries of a JSON object or list in a file, those before any damage; nothing where there is no such file. */
export async function readEntries(path: string, losses: Losses): Promise<readonly (readonly [string, Json])[]> {
  const entries: (readonly [string, Json])[] = [];
  if (!(await isReadable(path, losses))) return entries;
  const parts = jsonParts(piecesOf(path), { depth: 1 });
  let next = await parts.next();
  let isDoubtful = false;
  for (; !next.done; next = await parts.next()) {
    for (const part of next.value) {
      const key = String(part.path[0]);
      isDoubtful ||= part.text.includes(unreadable) || key.includes(unreadable);
      try {
        const value = parsePythonJson(part.text);
        if (part.path.length > 0) entries.push([key, value]);
        else losses.add("the file holds neither an object nor a list", whereOf(path, part));
      } catch {
        losses.add("a value is damaged", whereOf(path, part));
      }
    }
  }
  if (next.value) losses.add(`the file breaks off: ${next.value.why}`, whereOf(path, next.value));
  if (isDoubtful && !isUtf8(readFileSync(path))) losses.add(`bytes that are no UTF-8, read as ${unreadable}`, path);
  return entries;
}

export async function readObject(path: string, losses: Losses): Promise<JsonObject> {
  return Object.fromEntries(await readEntries(path, losses));
}

/** The records of a JSON list, or of an object whose values are records. */
export async function readRecords(path: string, losses: Losses): Promise<readonly (readonly [string, JsonObject])[]> {
  const records: (readonly [string, JsonObject])[] = [];
  for (const [key, value] of await readEntries(path, losses)) {
    if (isJsonObject(value)) records.push([key, value]);
    else losses.add("an entry is no record", path);
  }
  return records;
}

/** Whether there is a file to read. Something else of that name, or a file that may not be read, is a loss. */
export async function isReadable(path: string, losses: Losses): Promise<boolean> {
  try {
    const isFile = statSync(path).isFile();
    if (isFile) closeSync(openSync(path, "r"));
    else losses.add("it is no file", path);
    return isFile;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "ENOTDIR") losses.add(`a file could not be read (${code})`, path);
    return false;
  }
}

export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isFile(),
    () => false,
  );
}

export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (there) => there.isDirectory(),
    () => false,
  );
}
