import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { isJsonObject, isRunferryError, type JsonObject, messageOf, RunferryError } from "@runferry/core";
import { aside } from "./near-names.ts";
import { type NamedPlaces, parsePlace, parsePlaces } from "./places.ts";

/** What `runferry.yaml` says. `schema/runferry.schema.json` says the same to editors. */
export interface ConfigFile {
  readonly dir?: string;
  readonly experiment?: string;
  readonly backend?: string | readonly string[];
  readonly tags?: { readonly [name: string]: string };
  readonly places?: NamedPlaces;
  /** What folders of runs in a layout of one's own look like; checked by whoever reads such a folder. */
  readonly layouts?: { readonly [name: string]: WrittenLayout };
}

/** A mapping as the file has it. */
export interface WrittenLayout {
  readonly mapping: JsonObject;
  /** What errors call it: the file, its line, and its name. */
  readonly where: string;
}

export const configName = "runferry.yaml";
export const configKeys = ["dir", "experiment", "backend", "tags", "places", "layouts"] as const;

/** The nearest file in `folder` or above it, or undefined. Throws for one that cannot be read as it was meant. */
export function readConfig(folder: string): ConfigFile | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const path = join(at, configName);
    if (statSync(path, { throwIfNoEntry: false })?.isFile()) return parseConfig(path, readFileSync(path, "utf8"));
    if (dirname(at) === at) return undefined;
  }
}

type Yaml = typeof import("yaml");
type Pair = { readonly name: string; readonly value: unknown; readonly line: number };

export function parseConfig(path: string, text: string): ConfigFile {
  // Loaded here: whoever has no such file does not pay for it.
  const yaml = createRequire(import.meta.url)("yaml") as Yaml;
  const counter = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineOf = (offset: number | undefined) => counter.linePos(offset ?? 0).line;
  const failure = document.errors[0];
  if (failure) throw badConfig(path, lineOf(failure.pos[0]), failure.message);

  function pairsOf(node: unknown, what: string, line: number): readonly Pair[] {
    if (!yaml.isMap(node)) throw badConfig(path, line, `${what} must be a list of names with values`);
    return node.items.map(({ key, value }) => ({
      name: yaml.isScalar(key) ? String(key.value) : "",
      value,
      line: lineOf(yaml.isScalar(key) ? key.range?.[0] : undefined),
    }));
  }

  function textOf({ name, value, line }: Pair, allowed: readonly string[] = ["string"]): string {
    const held: unknown = yaml.isScalar(value) ? value.value : undefined;
    // A number or a boolean as it is spelled there: `1.0` stays so.
    if (allowed.includes(typeof held) && held !== "") return typeof held === "string" ? held : sourceOf(value, held);
    throw badConfig(path, line, `${name} must be text`);
  }

  function textsOf(node: unknown, what: string, line: number, allowed?: readonly string[]): { [name: string]: string } {
    return Object.fromEntries(pairsOf(node, what, line).map((pair) => [pair.name, textOf(pair, allowed)]));
  }

  function sourceOf(value: unknown, held: unknown): string {
    return (yaml.isScalar(value) && value.source) || String(held);
  }

  function backendOf(pair: Pair): string | readonly string[] {
    if (!yaml.isSeq(pair.value)) return textOf(pair);
    return pair.value.items.map((value) => textOf({ ...pair, value }));
  }

  function layoutOf({ name, value, line }: Pair): WrittenLayout {
    const mapping: unknown = yaml.isMap(value) ? value.toJS(document, { maxAliasCount: 100 }) : undefined;
    if (isJsonObject(mapping)) return { mapping, where: `${path}:${line}: layouts.${name}` };
    throw badConfig(path, line, `layouts.${name} must be a list of names with values`);
  }

  if (document.contents === null) return {};
  const read: { -readonly [K in keyof ConfigFile]: ConfigFile[K] } = {};
  let backendLine = 1;
  for (const pair of pairsOf(document.contents, "the file", 1)) {
    const { name, value, line } = pair;
    if (name === "dir") read.dir = resolve(dirname(path), textOf(pair));
    else if (name === "experiment") read.experiment = textOf(pair);
    else if (name === "tags") read.tags = textsOf(value, "tags", line, ["string", "number", "boolean"]);
    else if (name === "places") {
      read.places = textsOf(value, "places", line);
      for (const place of pairsOf(value, "places", line)) explained(place.line, () => parsePlace(textOf(place)));
    } else if (name === "backend") {
      backendLine = line;
      read.backend = backendOf(pair);
    } else if (name === "layouts") {
      read.layouts = Object.fromEntries(pairsOf(value, "layouts", line).map((pair) => [pair.name, layoutOf(pair)]));
    } else throw badConfig(path, line, `there is no setting ${JSON.stringify(name)}${aside(name, configKeys)}`);
  }
  const { backend, places } = read;
  if (backend !== undefined) explained(backendLine, () => parsePlaces(backend, places));
  return read;

  function explained(line: number, work: () => void): void {
    try {
      work();
    } catch (cause) {
      throw badConfig(path, line, messageOf(cause), isRunferryError(cause) ? cause.hint : undefined);
    }
  }
}

function badConfig(path: string, line: number, problem: string, hint?: string): RunferryError {
  return new RunferryError("bad_option", `${path}:${line}: ${problem}`, {
    hint: hint ?? `settings are ${configKeys.join(", ")}`,
    data: "nothing was written",
  });
}
