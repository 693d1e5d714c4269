import { RunferryError } from "@runferry/core";
import type { KeyValue, MlflowClient, ModelVersion } from "../client/index.ts";
import { mapOf } from "../start-tags.ts";
import { pathTag } from "../write-models.ts";
import { runById } from "./run-by-id.ts";

/** `models:/m-…`, `runs:/<run id>/<path>`, a run and a path of its artifacts, or what `searchBestModels` found. */
export type ModelSource = string | { readonly run: string; readonly path: string } | { readonly uri: string };

export interface RegisterOptions {
  readonly description?: string;
  readonly tags?: { readonly [name: string]: string };
  readonly aliases?: readonly string[];
  readonly stage?: Stage;
  readonly signal?: AbortSignal;
}

/** MLflow advises aliases instead, and still has them. */
export type Stage = "None" | "Staging" | "Production" | "Archived";

/** A version of a model in the registry. */
export interface RegisteredVersion {
  readonly name: string;
  readonly version: number;
  readonly stage: string;
  readonly aliases: readonly string[];
  readonly tags: { readonly [name: string]: string };
  readonly description: string | undefined;
  /** Where its files lie. */
  readonly source: string | undefined;
  /** The server's id of the run it comes from. */
  readonly run: string | undefined;
  /** `models:/<name>/<version>` */
  readonly uri: string;
}

/** Makes a further version of a registered model, which comes to be where there is none of that name yet. */
export async function registerModel(
  client: MlflowClient,
  model: ModelSource,
  name: string,
  { description, tags = {}, aliases = [], stage, signal }: RegisterOptions = {},
): Promise<RegisteredVersion> {
  const { models } = client;
  const from = await sourceOf(client, model, signal);
  await models.createRegisteredModel(name, { signal });
  const pairs: readonly KeyValue[] = Object.entries(tags).map(([key, value]) => ({ key, value }));
  const more = description === undefined ? {} : { description };
  const { version } = await models.createModelVersion(name, { ...from, tags: pairs, ...more }, { signal });
  if (stage !== undefined) await models.transitionStage(name, version, stage, { signal });
  for (const alias of aliases) await models.setAlias(name, alias, version, { signal });
  return registeredVersion(await models.getModelVersion(name, version, { signal }));
}

export function registeredVersion(version: ModelVersion): RegisteredVersion {
  return {
    name: version.name,
    version: Number(version.version),
    stage: version.current_stage ?? "None",
    aliases: [...(version.aliases ?? [])].sort(),
    tags: Object.fromEntries(mapOf(version.tags)),
    description: version.description || undefined,
    source: version.source,
    run: version.run_id || undefined,
    uri: `models:/${version.name}/${version.version}`,
  };
}

interface Source {
  readonly source: string;
  readonly runId?: string;
  readonly modelId?: string;
}

async function sourceOf(client: MlflowClient, model: ModelSource, signal: AbortSignal | undefined): Promise<Source> {
  if (typeof model === "object" && "path" in model) return inRun(client, model.run, model.path, signal);
  const uri = typeof model === "string" ? model : model.uri;
  const inRuns = /^runs:\/+([^/]+)\/(.+)$/.exec(uri);
  if (inRuns) return inRun(client, inRuns[1]!, inRuns[2]!, signal);
  const logged = /^models:\/+(m-[^/]+)$/.exec(uri);
  if (!logged) throw badSource(uri);
  const { info } = await client.models.getLoggedModel(logged[1]!, { signal });
  const { source_run_id: runId } = info;
  const path = mapOf(info.tags).get(pathTag);
  if (path !== undefined && runId) return inRun(client, runId, path, signal);
  return { source: info.artifact_uri ?? "", modelId: info.model_id, ...(runId ? { runId } : {}) };
}

/** runferry leaves the files of a model with its run; others put them beside the run, as a logged model of that name. */
async function inRun(client: MlflowClient, id: string, path: string, signal: AbortSignal | undefined): Promise<Source> {
  const { info, outputs } = await runById(client, id, signal);
  const { artifact_uri: root = "", run_id: runId } = info;
  const isThere =
    (await client.artifacts.sizeOf(root, path, { signal })) !== undefined ||
    (await client.artifacts.list(root, path, { signal })).length > 0;
  if (isThere) return { source: `${root}/${path}`, runId };
  for (const { model_id: modelId } of outputs?.model_outputs ?? []) {
    const { info: model } = await client.models.getLoggedModel(modelId, { signal });
    if (model.name === path) return { source: model.artifact_uri ?? "", runId, modelId };
  }
  throw new RunferryError("not_found", `run ${id} has no file, folder or model ${JSON.stringify(path)}`, {
    hint: "name the file or folder that holds the model, as the run logged it",
    data: "nothing was registered",
  });
}

function badSource(uri: string): RunferryError {
  return new RunferryError("bad_option", `${JSON.stringify(uri)} is no address of a model`, {
    hint: "give models:/m-…, runs:/<run id>/<path>, or { run, path }",
    data: "nothing was registered",
  });
}
