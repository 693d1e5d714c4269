import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import {
  formatVersion,
  importedRunId,
  isJsonObject,
  type Json,
  type JsonObject,
  type RunStarted,
} from "@runferry/core";
import type { Layout, LayoutOptions, LayoutSource } from "../layout.ts";
import { asText, endOf, startEvents } from "../run/facts.ts";
import { type FoundFile, filesBelow } from "../run/folder-files.ts";
import { type ImportedRun, importedJournal } from "../run/imported-run.ts";
import { createLosses, type Losses } from "../run/losses.ts";
import type { Columns } from "../run/points.ts";
import { createTimes, type Times } from "../run/times.ts";
import { addRows, readTime } from "./custom-metrics.ts";
import { type FieldsFrom, type Mapping, matchesName, type ValueFrom } from "./mapping.ts";
import { chosenFiles, matchesPath, runFolders } from "./match-files.ts";
import { entriesAt, valueAt } from "./read-values.ts";

/** A mapping by the name of its layout. */
export interface Kind {
  readonly name: string;
  readonly mapping: Mapping;
}

/** A layout that mappings describe: each folder is read by the first of them that it fits. */
export function customLayout(name: string, mark: string, kinds: readonly Kind[]): Layout {
  return {
    name,
    mark,
    async detect(folder) {
      for await (const _run of runFolders(resolve(folder), kinds)) return true;
      return false;
    },
    source: (folder, options = {}) => customSource(resolve(folder), kinds, options),
  };
}

interface Place extends Kind {
  readonly root: string;
  /** The folder of the run below the root, or `.`. */
  readonly path: string;
  readonly times: Times;
}

function customSource(root: string, kinds: readonly Kind[], { timezone }: LayoutOptions): LayoutSource {
  const times = createTimes(timezone);
  return {
    get guessedZone() {
      return times.guessedZone;
    },
    async *runs({ ids, signal } = {}) {
      const wanted = ids && new Set(ids);
      for await (const { path, kind } of runFolders(root, kinds)) {
        signal?.throwIfAborted();
        const place: Place = { ...kind, root, path, times };
        const started = await startOf(place, createLosses(root));
        if (!wanted || wanted.has(started.id)) yield importedJournal(started, () => readRun(place));
      }
    },
  };
}

async function startOf(place: Place, losses: Losses): Promise<RunStarted> {
  const { name: layout, mapping, path } = place;
  const id = (await textOf(mapping.id, place, losses)) ?? path;
  const experiment = (await textOf(mapping.experiment, place, losses)) ?? basename(place.root);
  const name = (await textOf(mapping.name, place, losses)) ?? id;
  const description = await textOf(mapping.description, place, losses);
  const createdAt = (await timeOf("started", place, losses)) ?? (await firstTime(place)) ?? 0;
  return {
    kind: "run.started",
    format: formatVersion,
    id: await importedRunId(layout, experiment, id, createdAt),
    name,
    experiment,
    createdAt,
    ...(description === undefined ? {} : { description }),
    source: { layout, id },
  };
}

async function readRun(place: Place): Promise<ImportedRun> {
  const { root, path, mapping, times } = place;
  const losses = createLosses(root);
  const started = await startOf(place, losses);
  const params = await fieldsOf(mapping.params, place, losses);
  const tags = await fieldsOf(mapping.tags, place, losses);
  const texts = Object.entries(tags).flatMap(([name, value]): [string, string][] =>
    value === null ? [] : [[name, asText(value)]],
  );
  const status = await textOf(mapping.status, place, losses);
  const end = endOf(status, await timeOf("ended", place, losses), started.createdAt);
  return {
    started,
    atStart: startEvents(params, Object.fromEntries(texts)),
    metrics: () => metricsOf(place, times, losses),
    files: files(join(root, path), mapping, losses),
    // No `read`: a mapping need not name all that its files hold, so none of them may be called superfluous.
    losses,
    ...(end ? { end } : {}),
  };
}

async function metricsOf({ root, path, mapping }: Place, times: Times, losses: Losses): Promise<Map<string, Columns>> {
  const folder = join(root, path);
  const all = new Map<string, Columns>();
  for (const choice of mapping.metrics) {
    for (const file of await chosenFiles(folder, choice)) {
      await addRows(all, join(folder, file), choice, times, losses);
    }
  }
  return all;
}

/** Where nothing says when a run began: its first point. */
async function firstTime(place: Place): Promise<number | undefined> {
  const { mapping, root, times } = place;
  if (mapping.started || mapping.metrics.every(({ time }) => time === undefined)) return undefined;
  let first: number | undefined;
  for (const columns of (await metricsOf(place, times, createLosses(root))).values()) {
    for (const { at } of columns.sorted()) if (!Number.isNaN(at)) first = Math.min(first ?? at, at);
  }
  return first;
}

/** The fields of all files together; those of a later one hold. */
async function fieldsOf(choices: readonly FieldsFrom[], { root, path }: Place, losses: Losses): Promise<JsonObject> {
  const folder = join(root, path);
  const found = new Map<string, Json>();
  for (const choice of choices) {
    const wanted = (key: string) => matchesName(key, choice.only) && !matchesName(key, choice.except);
    for (const file of await chosenFiles(folder, choice)) {
      for await (const { key, value } of entriesAt({ path: join(folder, file), choice, losses }, wanted)) {
        found.set(key, value);
      }
    }
  }
  return Object.fromEntries(found);
}

async function foundValue(from: ValueFrom | undefined, place: Place, losses: Losses): Promise<Json | undefined> {
  if (from === undefined) return undefined;
  if ("text" in from) return filled(from.text, place);
  const folder = join(place.root, place.path);
  if ("changed" in from) {
    const choice = { file: from.changed, pick: "last", at: [], separator: ",", keep: false } as const;
    for (const file of await chosenFiles(folder, choice)) return (await stat(join(folder, file))).mtimeMs;
    return undefined;
  }
  for (const file of await chosenFiles(folder, from.from)) {
    const value = await valueAt({ path: join(folder, file), choice: from.from, losses });
    if (value !== undefined && value !== null) return value;
  }
  return undefined;
}

async function textOf(from: ValueFrom | undefined, place: Place, losses: Losses): Promise<string | undefined> {
  const value = await foundValue(from, place, losses);
  if (value === undefined || isJsonObject(value) || Array.isArray(value)) return undefined;
  return asText(value) || undefined;
}

async function timeOf(what: "started" | "ended", place: Place, losses: Losses): Promise<number | undefined> {
  const value = await foundValue(place.mapping[what], place, losses);
  if (value === undefined) return undefined;
  const time = readTime(value, place.times);
  if (time === undefined) losses.add(`${what} is no time: ${asText(value).slice(0, 60)}`, join(place.root, place.path));
  return time;
}

/** A text with what its braces stand for. */
function filled(text: string, { root, path }: Place): string {
  const parts = path === "." ? [] : path.split("/");
  const above = parts.slice(0, -1).join("/");
  const known: { readonly [name: string]: string } = {
    run: parts.at(-1) ?? basename(root),
    path: parts.join("/") || basename(root),
    above: above || basename(parts.length === 0 ? dirname(root) : root),
    root: basename(root),
  };
  return text.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? parts[Number(name) - 1] ?? "");
}

async function* files(folder: string, mapping: Mapping, losses: Losses): AsyncGenerator<FoundFile> {
  const values = [mapping.id, mapping.name, mapping.experiment, mapping.description, mapping.started, mapping.ended];
  const choices = [
    ...mapping.params,
    ...mapping.tags,
    ...mapping.metrics,
    ...[...values, mapping.status].flatMap((value) => (value && "from" in value ? [value.from] : [])),
  ];
  const read = new Set<string>();
  for (const choice of choices) {
    if (!choice.keep) for (const file of await chosenFiles(folder, choice)) read.add(file);
  }
  for await (const found of filesBelow(folder, folder, losses)) {
    if (read.has(found.path) || matchesPath(found.path, mapping.leaveOut)) continue;
    yield matchesPath(found.path, mapping.artifacts) ? found : { ...found, path: `other/${found.path}` };
  }
}
