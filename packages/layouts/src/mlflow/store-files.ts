import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "@runferry/core";
import { parseYamlTexts } from "@runferry/mlflow/records";
import { createLosses, type Losses } from "../run/losses.ts";

/** Nothing that MLflow keeps in a file of its own, but for metrics, is larger. */
const mostBytes = 16 * 1024 * 1024;

/** One reading of a store, or of a run of it: what could not be read, and the files that were. */
export interface FileReading extends Losses {
  readonly files: ReadonlySet<string>;
  /** A file is read now. */
  enter(path: string): void;
}

export function createFileReading(root: string): FileReading {
  const losses = createLosses(root);
  const files = new Set<string>();
  return {
    add: losses.add,
    get events() {
      return losses.events;
    },
    files,
    enter: (path) => files.add(path),
  };
}

/** The text of a small file; undefined, and told, where it cannot be read. */
export function readText(path: string, reading: FileReading): string | undefined {
  try {
    if (statSync(path).size <= mostBytes) {
      reading.enter(path);
      return readFileSync(path, "utf8");
    }
    reading.add(`a file is larger than ${mostBytes} bytes`, path);
  } catch {
    reading.add("a file is not there, or may not be read", path);
  }
  return undefined;
}

/** A `meta.yaml`; where it is damaged, the lines of it that say something by themselves. */
export function readMeta(path: string, reading: FileReading): JsonObject {
  const text = readText(path, reading);
  if (text === undefined) return {};
  try {
    const meta = parseYamlTexts(text);
    if (isJsonObject(meta)) return meta;
    reading.add("a file holds no record", path);
    return {};
  } catch {
    return readLines(path, text, reading);
  }
}

function readLines(path: string, text: string, reading: FileReading): JsonObject {
  const entries: [string, Json][] = [];
  for (const [i, line] of text.split("\n").entries()) {
    try {
      const one = parseYamlTexts(line);
      if (isJsonObject(one)) entries.push(...Object.entries(one));
      else if (one !== null) reading.add("a line is damaged", `${path}, line ${i + 1}`);
    } catch {
      reading.add("a line is damaged", `${path}, line ${i + 1}`);
    }
  }
  return Object.fromEntries(entries);
}

/** A field as text; undefined where it is unset. */
export function textIn(meta: JsonObject, name: string): string | undefined {
  const value = Object.hasOwn(meta, name) ? meta[name] : undefined;
  return typeof value === "string" ? value : undefined;
}

export function numberIn(meta: JsonObject, name: string): number | undefined {
  const text = textIn(meta, name) ?? "";
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** The folders in a folder, by name. */
export function foldersIn(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  } catch {
    return [];
  }
}

/** A name that stays in its folder. */
export function isPlainName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name);
}

/** The keys that are files below a folder: one with `/` in it is a folder and what is in it. Links are not followed. */
export function keysIn(folder: string, reading: FileReading): readonly string[] {
  const keys: string[] = [];
  const walk = (place: string, under: string): void => {
    for (const entry of readdirSync(place, { withFileTypes: true })) {
      const key = under + entry.name;
      if (entry.isDirectory()) walk(join(place, entry.name), `${key}/`);
      else if (entry.isFile()) keys.push(key);
      else reading.add("what should be a file is none", join(place, entry.name));
    }
  };
  try {
    if (existsSync(folder)) walk(folder, "");
  } catch {
    reading.add("a folder may not be read", folder);
  }
  return keys.sort();
}

export function valuesIn(
  folder: string,
  reading: FileReading,
): readonly { readonly key: string; readonly value: string }[] {
  return keysIn(folder, reading).flatMap((key) => {
    const value = readText(join(folder, key), reading);
    return value === undefined ? [] : [{ key, value }];
  });
}
