import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import {
  type FileRef,
  formatVersion,
  importedRunId,
  isJsonObject,
  type JsonObject,
  type RunEvent,
} from "@runferry/core";
import type { Layout, LayoutOptions, LayoutSource } from "./layout.ts";
import { endOf, startEvents, tagsBeyond, textOf } from "./run/facts.ts";
import { filesBelow } from "./run/folder-files.ts";
import { type ImportedRun, importedJournal } from "./run/imported-run.ts";
import { createLosses, type Losses } from "./run/losses.ts";
import { otherFiles } from "./run/other-files.ts";
import { isFile, isFolder, readObject } from "./run/read-entries.ts";
import { readMetrics } from "./run/read-metrics.ts";
import { createTimes, type Times } from "./run/times.ts";

/** What is read of `metadata.json`, besides its tags. */
const metadataFields = [
  ...["experiment_id", "id", "experiment_name", "name", "description"],
  ...["start_time", "created_at", "end_time", "status"],
];
/** What is read of an entry of `artifacts.json`, or is seen of the file itself. */
const artifactFields: ReadonlySet<string> = new Set(["path", "type", "framework", "size", "timestamp"]);
const ownFiles = ["metadata.json", "hyperparameters.json", "metrics.json", "artifacts.json"];

/** A folder per run, `<experiment>_<8 characters>/`, with `hyperparameters.json`, `metrics.json` and `artifacts.json`. */
export const neural: Layout = {
  name: "neural",
  mark: "<experiment>_<id>/ with metadata.json and hyperparameters.json",
  async detect(folder) {
    return (await runFolders(folder)).length > 0;
  },
  source: (folder, options = {}) => neuralSource(resolve(folder), options),
};

async function runFolders(root: string): Promise<readonly string[]> {
  const folders: string[] = [];
  for (const name of [".", ...(await readdir(root).catch(() => [])).sort()]) {
    const folder = join(root, name);
    const marks = ["hyperparameters.json", "artifacts.json"].map((file) => isFile(join(folder, file)));
    if ((await isFile(join(folder, "metadata.json"))) && (await Promise.all(marks)).some(Boolean)) folders.push(folder);
  }
  return folders;
}

function neuralSource(root: string, { timezone }: LayoutOptions): LayoutSource {
  const times = createTimes(timezone);
  return {
    get guessedZone() {
      return times.guessedZone;
    },
    async *runs({ ids, signal } = {}) {
      const wanted = ids && new Set(ids);
      for (const folder of await runFolders(root)) {
        signal?.throwIfAborted();
        const { started } = await headOf(folder, times, createLosses(root));
        if (!wanted || wanted.has(started.id)) yield importedJournal(started, () => readRun(root, folder, times));
      }
    },
  };
}

async function headOf(folder: string, times: Times, losses: Losses) {
  const metadata = await readObject(join(folder, "metadata.json"), losses);
  const named = /^(.*)_([0-9A-Za-z-]+)$/s.exec(basename(folder));
  const id = textOf(metadata, "experiment_id", "id") ?? named?.[2] ?? basename(folder);
  const experiment = textOf(metadata, "experiment_name", "name") ?? named?.[1] ?? basename(folder);
  const createdAt = times.read(metadata.start_time ?? metadata.created_at) ?? 0;
  const description = textOf(metadata, "description");
  const started = {
    kind: "run.started",
    format: formatVersion,
    id: await importedRunId("neural", experiment, id, createdAt),
    name: `${experiment}_${id}`,
    experiment,
    createdAt,
    ...(description === undefined ? {} : { description }),
    source: { layout: "neural", id },
  } as const;
  return { metadata, started };
}

async function readRun(root: string, folder: string, times: Times): Promise<ImportedRun> {
  const losses = createLosses(root);
  const { metadata, started } = await headOf(folder, times, losses);
  const params = await readObject(join(folder, "hyperparameters.json"), losses);
  const recorded = await readObject(join(folder, "artifacts.json"), losses);
  const path = join(folder, "metrics.json");
  const end = endOf(textOf(metadata, "status"), times.read(metadata.end_time), started.createdAt);
  return {
    started,
    atStart: startEvents(params, tagsBeyond(metadata, metadataFields)),
    metrics: () => readMetrics({ path, losses, times }),
    files: files(folder, recorded, losses),
    read: ownFiles.map((name) => join(folder, name)),
    eventsOf: (file) => eventsOf(file, recorded, times),
    losses,
    ...(end ? { end } : {}),
  };
}

async function* files(folder: string, recorded: JsonObject, losses: Losses) {
  const there = new Set<string>();
  for await (const found of filesBelow(join(folder, "artifacts"), folder, losses)) {
    there.add(found.path);
    yield found;
  }
  for (const part of ["plots", "versions"]) {
    if (!(await isFolder(join(folder, part)))) continue;
    for await (const found of filesBelow(join(folder, part), folder, losses, part)) {
      there.add(basename(found.path));
      yield found;
    }
  }
  // What it says beyond what becomes of it goes along as it is.
  const kept = saysMore(recorded) ? ["artifacts.json"] : [];
  const read = [...ownFiles, "artifacts", "plots", "versions"].filter((name) => !kept.includes(name));
  yield* otherFiles(folder, read, losses);
  for (const name of Object.keys(recorded)) {
    if (!there.has(name))
      losses.add(`the artifact ${JSON.stringify(name)} has no file`, join(folder, "artifacts.json"));
  }
}

function saysMore(recorded: JsonObject): boolean {
  return Object.values(recorded).some(
    (record) => !isJsonObject(record) || Object.keys(record).some((name) => !artifactFields.has(name)),
  );
}

function eventsOf(file: FileRef, recorded: JsonObject, times: Times): readonly { event: RunEvent; at?: number }[] {
  const name = file.path.startsWith("plots/") ? basename(file.path) : file.path;
  const record = Object.hasOwn(recorded, name) ? recorded[name]! : {};
  if (!isJsonObject(record)) return [{ event: { kind: "artifact.logged", file } }];
  const type = textOf(record, "type");
  const at = times.read(record.timestamp);
  const when = at === undefined ? {} : { at };
  const event: RunEvent = { kind: "artifact.logged", file, ...(type === undefined ? {} : { type }) };
  if (type !== "model") return [{ event, ...when }];
  const flavor = textOf(record, "framework");
  const model: RunEvent = {
    kind: "model.logged",
    name: file.path,
    path: file.path,
    ...(flavor === undefined ? {} : { flavor }),
  };
  return [
    { event, ...when },
    { event: model, ...when },
  ];
}
