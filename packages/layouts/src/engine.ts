import { readdir } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import { formatVersion, importedRunId } from "@runferry/core";
import type { Layout, LayoutOptions, LayoutSource } from "./layout.ts";
import { endOf, objectOf, startEvents, tagsBeyond, tagsOf, textOf } from "./run/facts.ts";
import { filesBelow } from "./run/folder-files.ts";
import { type ImportedRun, importedJournal } from "./run/imported-run.ts";
import { createLosses, type Losses } from "./run/losses.ts";
import { otherFiles } from "./run/other-files.ts";
import { isFile, readObject } from "./run/read-entries.ts";
import { readMetrics } from "./run/read-metrics.ts";
import { createTimes, type Times } from "./run/times.ts";

const infoNames = ["run_info.json", "run.json", "metadata.json"];
/** What is read of them, besides tags. */
const infoFields = [
  ...["run_id", "id", "run_name", "name", "experiment_name", "experiment", "description", "params", "status"],
  ...["start_time", "started_at", "created_at", "end_time", "ended_at", "finished_at"],
];
const paramNames = ["params.json", "parameters.json"];
const metricsName = "metrics.json";

/** `<output>/<experiment>/<run>/` with `params.json`, `metrics.json`, `tags.json` and what the run says of itself. */
export const engine: Layout = {
  name: "engine",
  mark: "<experiment>/<run>/ with run_info.json and metrics.json",
  async detect(folder) {
    for await (const _run of runFolders(folder)) return true;
    return false;
  },
  source: (folder, options = {}) => engineSource(resolve(folder), options),
};

/** Experiments may be named in a hierarchy: a/b/c. */
const deepest = 8;

async function* runFolders(folder: string, depth = 0): AsyncGenerator<string> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
  const hasData = [...paramNames, metricsName].some((name) => names.has(name));
  if (depth > 0 && hasData && infoNames.some((name) => names.has(name))) {
    yield folder;
    return;
  }
  if (depth === deepest) return;
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  for (const name of folders.sort()) yield* runFolders(join(folder, name), depth + 1);
}

function engineSource(root: string, { timezone }: LayoutOptions): LayoutSource {
  const times = createTimes(timezone);
  return {
    get guessedZone() {
      return times.guessedZone;
    },
    async *runs({ ids, signal } = {}) {
      const wanted = ids && new Set(ids);
      for await (const folder of runFolders(root)) {
        signal?.throwIfAborted();
        const { started } = await headOf(root, folder, times, createLosses(root));
        if (!wanted || wanted.has(started.id)) yield importedJournal(started, () => readRun(root, folder, times));
      }
    },
  };
}

/** What the run says of itself; of several such files the first. */
async function infoIn(folder: string): Promise<string | undefined> {
  for (const name of infoNames) if (await isFile(join(folder, name))) return join(folder, name);
  return undefined;
}

async function headOf(root: string, folder: string, times: Times, losses: Losses) {
  const infoFile = await infoIn(folder);
  const info = infoFile === undefined ? {} : await readObject(infoFile, losses);
  const id = textOf(info, "run_id", "id") ?? basename(folder);
  const above = relative(root, join(folder, ".."))
    .split(sep)
    .filter((part) => part !== "runs")
    .join("/");
  const experiment = textOf(info, "experiment_name", "experiment") ?? (above === "" ? basename(root) : above);
  const createdAt = times.read(info.start_time ?? info.started_at ?? info.created_at) ?? 0;
  const description = textOf(info, "description");
  const started = {
    kind: "run.started",
    format: formatVersion,
    id: await importedRunId("engine", experiment, id, createdAt),
    name: textOf(info, "run_name", "name") ?? id,
    experiment,
    createdAt,
    ...(description === undefined ? {} : { description }),
    source: { layout: "engine", id },
  } as const;
  return { info, infoFile, started };
}

async function readRun(root: string, folder: string, times: Times): Promise<ImportedRun> {
  const losses = createLosses(root);
  const { info, infoFile, started } = await headOf(root, folder, times, losses);
  let params = objectOf(info, "params");
  for (const name of paramNames) params = { ...params, ...(await readObject(join(folder, name), losses)) };
  const tags = tagsBeyond(info, infoFields, tagsOf(await readObject(join(folder, "tags.json"), losses)));
  const path = join(folder, metricsName);
  const finishedAt = times.read(info.end_time ?? info.ended_at ?? info.finished_at);
  const end = endOf(textOf(info, "status"), finishedAt, started.createdAt);
  return {
    started,
    atStart: startEvents(params, tags),
    metrics: () => readMetrics({ path, losses, times }),
    files: files(folder, infoFile, losses),
    read: [
      ...(infoFile === undefined ? [] : [infoFile]),
      ...[...paramNames, metricsName, "tags.json"].map((name) => join(folder, name)),
    ],
    losses,
    ...(end ? { end } : {}),
  };
}

async function* files(folder: string, infoFile: string | undefined, losses: Losses) {
  yield* filesBelow(join(folder, "artifacts"), folder, losses);
  const info = infoFile === undefined ? [] : [basename(infoFile)];
  yield* otherFiles(folder, [...info, ...paramNames, metricsName, "tags.json", "artifacts"], losses);
}
