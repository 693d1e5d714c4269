import { createHash } from "node:crypto";
import {
  type Dated,
  type FileRef,
  formatVersion,
  type JsonObject,
  type RunEnded,
  type RunEvent,
  type RunStarted,
} from "@runferry/core";
import type { FileInfo, MlflowClient, MlflowStatus, Run } from "./client/index.ts";
import { datasetUsed } from "./datasets.ts";
import { isMediaPath, mediaEvent } from "./media-files.ts";
import { isOwnTag, ownFolder } from "./names.ts";
import { startFromTags } from "./start-tags.ts";
import { fullTextPath } from "./texts.ts";
import { modelLogged, modelRegistered } from "./write-models.ts";

export interface Reading {
  readonly id: string;
  /** What the server calls it. */
  readonly run: string;
  readonly experiment: string;
  parentOf(remote: string): Promise<string>;
  readonly signal?: AbortSignal | undefined;
}

/** Everything the server has of a run, as events: the start first, the end last, the rest in no order. */
export async function readRun(client: MlflowClient, reading: Reading): Promise<readonly Dated<RunEvent>[]> {
  const { signal } = reading;
  const run = await client.tracking.getRun(reading.run, { signal });
  const root = run.info.artifact_uri ?? "";
  const whole = (text: string) => wholeText(client, root, text, signal);
  const tags = new Map<string, string>();
  for (const { key, value } of run.data?.tags ?? []) tags.set(key, await whole(value ?? ""));
  const start = await startOf(run, tags, reading);
  const at = start.createdAt;
  const events: Dated<RunEvent>[] = [{ ...start, at }];
  const params = await paramsOf(run, tags, whole);
  if (Object.keys(params).length > 0) events.push({ kind: "params.set", at, values: params });
  const own = [...tags].filter(([key]) => !isOwnTag(key) && key !== "mlflow.source.type");
  if (own.length > 0) events.push({ kind: "tags.set", at, values: Object.fromEntries(own) });
  for await (const file of client.artifacts.listAll(root, { signal })) {
    const event = await fileEvent(client, root, file, at, signal);
    if (event) events.push(event);
  }
  for (const input of run.inputs?.dataset_inputs ?? []) events.push(datasetUsed(input, at));
  for (const { model_id, step } of run.outputs?.model_outputs ?? []) {
    events.push(modelLogged(await client.models.getLoggedModel(model_id, { signal }), Number(step ?? 0), at));
  }
  for await (const version of client.models.searchModelVersions({ filter: `run_id = '${reading.run}'`, signal })) {
    // A search does not tell of aliases.
    const whole = await client.models.getModelVersion(version.name, version.version, { signal });
    events.push(modelRegistered(whole, root, at));
  }
  for (const { key } of run.data?.metrics ?? []) {
    for await (const { value, timestamp, step = 0 } of client.tracking.metricHistory(reading.run, key, { signal })) {
      const values = Object.fromEntries([[key, Number(value)]]);
      const spot = Number.isSafeInteger(Number(step)) ? { step: Number(step) } : {};
      events.push({ kind: "metrics.logged", at: Number(timestamp), ...spot, values });
    }
  }
  const end = endOf(run, tags, at);
  return end ? [...events, end] : events;
}

async function startOf(run: Run, tags: ReadonlyMap<string, string>, reading: Reading): Promise<RunStarted> {
  const parent = tags.get("mlflow.parentRunId");
  return {
    kind: "run.started",
    format: formatVersion,
    id: reading.id,
    name: run.info.run_name ?? tags.get("mlflow.runName") ?? reading.run,
    experiment: reading.experiment,
    createdAt: Number(run.info.start_time ?? 0),
    ...(parent === undefined ? {} : { parent: await reading.parentOf(parent) }),
    ...startFromTags(tags),
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

async function fileEvent(
  client: MlflowClient,
  root: string,
  { path }: FileInfo,
  at: number,
  signal: AbortSignal | undefined,
): Promise<Dated<RunEvent> | undefined> {
  if (path.startsWith(`${ownFolder}/`)) return undefined;
  const isText = isMediaPath(path) && /\.(text|table|histogram|figure)\.(md|txt|json)$/.test(path);
  const hash = createHash("sha256");
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of client.artifacts.get(root, path, { signal })) {
    hash.update(part);
    bytes += part.length;
    if (isText) parts.push(part);
  }
  const file: FileRef = { path, sha256: hash.digest("hex"), bytes };
  return mediaEvent(file, () => Buffer.concat(parts).toString("utf8")) ?? { kind: "artifact.logged", at, file };
}

async function wholeText(
  client: MlflowClient,
  root: string,
  shown: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const path = fullTextPath(shown);
  if (path === undefined || (await client.artifacts.sizeOf(root, path, { signal })) === undefined) return shown;
  const parts: Uint8Array[] = [];
  for await (const part of client.artifacts.get(root, path, { signal })) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}
