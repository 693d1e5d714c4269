import {
  type Dated,
  formatVersion,
  type JsonObject,
  type MetricsLogged,
  type RunEnded,
  type RunEvent,
  type RunStarted,
  type RunsOptions,
} from "@runferry/core";
import { byTime } from "./by-time.ts";
import type { Metric, MlflowStatus, Run } from "./client/index.ts";
import { datasetUsed } from "./datasets.ts";
import { definitionFrom } from "./definitions.ts";
import { hydraParams } from "./hydra-params.ts";
import { modelFiles } from "./model-files.ts";
import { isDefinitionTag, isOwnTag } from "./names.ts";
import { fileEvent, readFile } from "./read-file.ts";
import type { ReadableArtifacts, RunRecords } from "./records/records.ts";
import { runIdTag, startFromTags } from "./start-tags.ts";
import { listTag, withoutTables } from "./table-list.ts";
import { fullTextPath } from "./texts.ts";
import { modelLogged, modelRegistered } from "./write-models.ts";

export interface Reading {
  readonly id: string;
  readonly experiment: string;
  readonly files: RunsOptions["files"];
  parentOf(remote: string): Promise<string>;
}

/** How many points of all metrics are held at a time. */
const heldPoints = 200_000;

/** Everything that is recorded of a run, as events in order of time: the start before all else and the end after it. */
export async function* readRun(records: RunRecords, reading: Reading): AsyncIterable<readonly Dated<RunEvent>[]> {
  const { artifacts } = records;
  const { run, metrics } = await records.whole();
  const root = run.info.artifact_uri ?? "";
  const whole = (text: string) => wholeText(artifacts, root, text);
  const tags = new Map<string, string>();
  for (const { key, value } of run.data?.tags ?? []) tags.set(key, await whole(value ?? ""));
  const start = await startOf(run, tags, reading);
  const at = start.createdAt;
  const events: Dated<RunEvent>[] = [];
  const configs = new Map<string, string>();
  const paths = new Set<string>();
  for await (const file of artifacts.listAll(root)) {
    paths.add(file.path);
    const event = await fileEvent({ artifacts, root, at, configs, files: reading.files }, file);
    if (event) events.push(event);
  }
  // What the run itself logged goes over the configuration that lies among its files.
  const params = { ...hydraParams(configs), ...(await paramsOf(run, tags, whole)) };
  if (Object.keys(params).length > 0) events.push({ kind: "params.set", at, values: params });
  const others = withoutTables(tags.get(listTag));
  if (others === undefined) tags.delete(listTag);
  else tags.set(listTag, others);
  const own = [...tags].filter(([key]) => !isOwnTag(key) && key !== "mlflow.source.type");
  if (own.length > 0) events.push({ kind: "tags.set", at, values: Object.fromEntries(own) });
  for (const [key, text] of tags) {
    const definition = isDefinitionTag(key) ? definitionFrom(text) : undefined;
    if (definition) events.push({ ...definition, at });
  }
  for (const input of run.inputs?.dataset_inputs ?? []) events.push(datasetUsed(input, at));
  for (const { model_id, step } of run.outputs?.model_outputs ?? []) {
    const model = await records.loggedModel(model_id);
    if (!model) continue;
    const logged = modelLogged(model, Number(step ?? 0), at);
    events.push(logged);
    for await (const found of modelFiles(records, model, logged.path)) {
      if (paths.has(found.path)) continue; // the run has a file of that name
      const read = await readFile(found.size, reading.files, () => artifacts.get(found.root, found.below));
      events.push({ kind: "artifact.logged", at, file: { path: found.path, ...read } });
    }
  }
  for await (const version of records.versions()) events.push(modelRegistered(version, root, at));
  events.sort((a, b) => a.at - b.at);
  const window = Math.min(25_000, Math.max(1000, Math.floor(heldPoints / metrics.length)));
  const histories = metrics.map((key) => historyOf(records.history(key, window), key, window));
  const end = endOf(run, tags, at);
  let last = Math.min(at, end?.at ?? at);
  let isStarted = false;
  let chunk: Dated<RunEvent>[] = [];
  for await (const piece of together(byTime<Dated<RunEvent> | Point>([inOnePiece(events), ...histories]))) {
    for (const event of piece) {
      if (!isStarted) chunk.push({ ...start, at: Math.min(last, event.at) });
      isStarted = true;
      last = event.at;
      chunk.push(event);
    }
    if (chunk.length < 1000) continue;
    yield chunk;
    chunk = [];
  }
  if (!isStarted) chunk.push({ ...start, at: last });
  for (const lost of records.lost) chunk.push({ ...lost, at: last });
  yield end ? [...chunk, end] : chunk;
}

async function* inOnePiece<T>(items: readonly T[]): AsyncIterable<readonly T[]> {
  yield items;
}

interface Point {
  readonly kind: "point";
  readonly at: number;
  readonly step: number | undefined;
  readonly key: string;
  readonly value: number;
}

/** Servers on a database give a history in order of time. Others give the points as they came, and not in pages. */
async function* historyOf(
  pieces: AsyncIterable<readonly Metric[]>,
  key: string,
  window: number,
): AsyncIterable<readonly Point[]> {
  let first: Point[] | undefined = [];
  for await (const piece of pieces) {
    const points: Point[] = first ?? [];
    for (const { value, timestamp, step = 0 } of piece) {
      const spot = Number.isSafeInteger(Number(step)) ? Number(step) : undefined;
      points.push({ kind: "point", at: Number(timestamp), step: spot, key, value: Number(value) });
    }
    if (!first) yield points;
    else if (points.length >= window) {
      yield points.sort((a, b) => a.at - b.at);
      first = undefined;
    }
  }
  if (first) yield first.sort((a, b) => a.at - b.at);
}

/** Points of one time and step were logged in one call, and are one event. */
async function* together(
  pieces: AsyncIterable<readonly (Dated<RunEvent> | Point)[]>,
): AsyncIterable<readonly Dated<RunEvent>[]> {
  let first: Point | undefined;
  let values: [string, number][] = [];
  const names = new Set<string>();
  const logged = ({ at, step }: Point): Dated<MetricsLogged> => ({
    kind: "metrics.logged",
    at,
    ...(step === undefined ? {} : { step }),
    values: Object.fromEntries(values),
  });
  for await (const piece of pieces) {
    const events: Dated<RunEvent>[] = [];
    for (const item of piece) {
      const isOne = item.kind === "point" && item.at === first?.at && item.step === first.step && !names.has(item.key);
      if (first && !isOne) {
        events.push(logged(first));
        values = [];
        names.clear();
      }
      if (item.kind !== "point") {
        first = undefined;
        events.push(item);
        continue;
      }
      if (!isOne) first = item;
      values.push([item.key, item.value]);
      names.add(item.key);
    }
    yield events;
  }
  if (first) yield [logged(first)];
}

async function startOf(run: Run, tags: ReadonlyMap<string, string>, reading: Reading): Promise<RunStarted> {
  const parent = tags.get("mlflow.parentRunId");
  return {
    kind: "run.started",
    format: formatVersion,
    id: reading.id,
    name: run.info.run_name ?? tags.get("mlflow.runName") ?? run.info.run_id,
    experiment: reading.experiment,
    createdAt: Number(run.info.start_time ?? 0),
    ...(parent === undefined ? {} : { parent: await reading.parentOf(parent) }),
    ...startFromTags(tags),
    // What was delivered there came from here.
    ...(tags.has(runIdTag) ? {} : { source: { layout: "mlflow", id: run.info.run_id } }),
  };
}

/** Params as they hold now: where one changed or went, a tag says so. */
async function paramsOf(
  run: Run,
  tags: ReadonlyMap<string, string>,
  whole: (text: string) => Promise<string>,
): Promise<JsonObject> {
  const params: [string, string][] = [];
  for (const { key, value } of run.data?.params ?? []) {
    if (tags.has(`param_removed.${key}`)) continue;
    params.push([key, tags.get(`param_changed.${key}`) ?? (await whole(value ?? ""))]);
  }
  return Object.fromEntries(params);
}

const statusOf: { readonly [status in MlflowStatus]?: RunEnded["status"] } = {
  FINISHED: "finished",
  FAILED: "failed",
  KILLED: "killed",
};

function endOf(run: Run, tags: ReadonlyMap<string, string>, startedAt: number): Dated<RunEnded> | undefined {
  const status = statusOf[run.info.status];
  if (!status) return undefined;
  const exitCode = tags.get("run.exit_code");
  const type = tags.get("run.error.type");
  const trace = tags.get("run.error.trace");
  const error = { type: type ?? "", message: tags.get("run.error.message") ?? "" };
  return {
    kind: "run.ended",
    status,
    at: Number(run.info.end_time ?? startedAt),
    ...(exitCode === undefined ? {} : { exitCode: Number(exitCode) }),
    ...(type === undefined ? {} : { error: { ...error, ...(trace === undefined ? {} : { trace }) } }),
  };
}

async function wholeText(artifacts: ReadableArtifacts, root: string, shown: string): Promise<string> {
  const path = fullTextPath(shown);
  if (path === undefined || (await artifacts.sizeOf(root, path)) === undefined) return shown;
  const parts: Uint8Array[] = [];
  for await (const part of artifacts.get(root, path)) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
