import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { isJsonObject, type Json, type JsonObject } from "@runferry/core";
import { jsonParts } from "../json/json-parts.ts";
import { parsePythonJson } from "../json/python-json.ts";
import type { Losses } from "./losses.ts";
import { whereOf } from "./read-metrics.ts";

/** The entries of a JSON object or list in a file, those before any damage; nothing where there is no such file. */
export async function readEntries(path: string, losses: Losses): Promise<readonly (readonly [string, Json])[]> {
  if (!(await isFile(path))) return [];
  const entries: (readonly [string, Json])[] = [];
  const parts = jsonParts(createReadStream(path), { depth: 1 });
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    const { path: keys, text } = next.value;
    try {
      const value = parsePythonJson(text);
      if (keys.length > 0) entries.push([String(keys[0]), value]);
      else losses.add("the file holds neither an object nor a list", whereOf(path, next.value));
    } catch {
      losses.add("a value is damaged", whereOf(path, next.value));
    }
  }
  if (next.value) losses.add(`the file breaks off: ${next.value.why}`, whereOf(path, next.value));
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
