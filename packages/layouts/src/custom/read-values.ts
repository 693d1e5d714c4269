import { readFile, stat } from "node:fs/promises";
import { extname } from "node:path";
import { isJsonList, isJsonObject, type Json, type JsonObject } from "@runferry/core";
import { parseYaml } from "@runferry/mlflow/records";
import { jsonParts } from "../json/json-parts.ts";
import { parsePythonJson } from "../json/python-json.ts";
import { type Losses, whereOf } from "../run/losses.ts";
import { piecesOf } from "../run/pieces.ts";
import type { FileChoice } from "./mapping.ts";

/** A file that is chosen, where it lies. */
export interface ChosenFile {
  readonly path: string;
  readonly choice: FileChoice;
  readonly losses: Losses;
}

/** Something in a file, with where it is for people. */
export interface FoundValue {
  readonly key: string;
  readonly value: Json;
  readonly where: string;
}

/** YAML is read whole. */
const mostYaml = 16 * 1024 * 1024;

const formats: { readonly [ending: string]: NonNullable<FileChoice["format"]> } = {
  ".json": "json",
  ".jsonl": "jsonl",
  ".ndjson": "jsonl",
  ".yaml": "yaml",
  ".yml": "yaml",
};

/** By the ending of the name, where the mapping does not say: what is none of the others has rows of cells. */
export function formatOf({ path, choice }: ChosenFile): NonNullable<FileChoice["format"]> {
  return choice.format ?? formats[extname(path).toLowerCase()] ?? "csv";
}

/** The value that `at` leads to, or undefined where there is none. */
export async function valueAt(file: ChosenFile): Promise<Json | undefined> {
  if (formatOf(file) === "yaml") return walk(await yamlOf(file), file.choice.at);
  for await (const { value } of jsonAt(file, 0)) return value;
  return undefined;
}

/** What is in the object or list that `at` leads to, one after the other. `wanted` chooses by key before it is read. */
export async function* entriesAt(file: ChosenFile, wanted: (key: string) => boolean): AsyncGenerator<FoundValue> {
  if (formatOf(file) !== "yaml") {
    yield* jsonAt(file, 1, wanted);
    return;
  }
  const value = walk(await yamlOf(file), file.choice.at);
  if (value === undefined || value === null) return; // an empty file says nothing
  if (!isJsonObject(value) && !isJsonList(value)) return noEntries(file, file.path);
  for (const [key, one] of Object.entries(value)) {
    if (wanted(key)) yield { key, value: one as Json, where: file.path };
  }
}

/** As a stream: what is elsewhere in the file is passed over, whatever its size. */
async function* jsonAt(
  file: ChosenFile,
  below: 0 | 1,
  wanted: (key: string) => boolean = () => true,
): AsyncGenerator<FoundValue> {
  const { path, choice, losses } = file;
  const { at } = choice;
  const parts = jsonParts(piecesOf(path), { depth: at.length + below });
  let next = await parts.next();
  for (; !next.done; next = await parts.next()) {
    for (const part of next.value) {
      const keys = part.path.map(String);
      if (keys.some((key, i) => i < at.length && key !== at[i])) continue;
      if (keys.length < at.length + below) {
        if (below === 1 && keys.length === at.length) noEntries(file, whereOf(path, part));
        continue;
      }
      const key = keys.at(-1) ?? "";
      if (below === 1 && !wanted(key)) continue;
      try {
        yield { key, value: parsePythonJson(part.text), where: whereOf(path, part) };
      } catch {
        losses.add("a value is damaged", whereOf(path, part));
      }
    }
  }
  if (next.value) losses.add(`the file breaks off: ${next.value.why}`, whereOf(path, next.value));
}

function noEntries({ choice, losses }: ChosenFile, where: string): void {
  losses.add(`there is neither an object nor a list at ${choice.at.join(".") || "its top"}`, where);
}

async function yamlOf({ path, losses }: ChosenFile): Promise<Json | undefined> {
  try {
    const { size } = await stat(path);
    if (size <= mostYaml) return parseYaml(await readFile(path, "utf8"));
    losses.add(`the file is longer than ${mostYaml} bytes`, path);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message.split("\n")[0]! : String(cause);
    losses.add(`the file is no YAML: ${said.slice(0, 200)}`, path);
  }
  return undefined;
}

function walk(value: Json | undefined, at: readonly string[]): Json | undefined {
  let inside: Json | undefined = value;
  for (const key of at) {
    if (!isJsonList(inside) && !isJsonObject(inside)) return undefined;
    const holder = inside as JsonObject;
    inside = Object.hasOwn(holder, key) ? holder[key] : undefined;
  }
  return inside;
}
