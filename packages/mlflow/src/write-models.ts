import {
  type Dated,
  isJsonObject,
  type Json,
  type JsonObject,
  type ModelLogged,
  type ModelRegistered,
  parseJson,
  stringifyJson,
} from "@runferry/core";
import type { LoggedModel, MlflowClient, ModelVersion } from "./client/index.ts";
import { isOwnTag } from "./names.ts";
import type { RemoteRun } from "./remote-run.ts";
import { mapOf } from "./start-tags.ts";

/** Which event made this: so that it is found before it is made again. */
const eventTag = "runferry.event";
/** Where among the artifacts of its run a model lies. */
export const pathTag = "path";
/** The metrics of a model, as JSON: what MLflow calls so would be points of the run as well. */
const metricsTag = "metrics";

export async function writeModel(
  client: MlflowClient,
  run: RemoteRun,
  event: ModelLogged,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { models, tracking } = client;
  const filter = `tags.\`${eventTag}\` = '${run.id}/${name}'`;
  let id: string | undefined;
  for await (const found of models.searchLoggedModels({ experimentIds: [run.experimentId], filter, signal })) {
    id ??= found.info.model_id;
  }
  if (id === undefined) {
    const { metadata, metrics, flavor } = event;
    const tags = [
      { key: eventTag, value: `${run.id}/${name}` },
      { key: pathTag, value: event.path },
      ...(metrics === undefined ? [] : [{ key: metricsTag, value: metricsText(metrics) }]),
      ...(metadata === undefined ? [] : [{ key: "metadata", value: stringifyJson(metadata) }]),
    ];
    const type = flavor === undefined ? {} : { type: flavor };
    const model = { experimentId: run.experimentId, name: event.name, runId: run.id, tags, ...type };
    id = (await models.createLoggedModel(model, { signal })).info.model_id;
  }
  const { outputs } = await tracking.getRun(run.id, { signal });
  if (!(outputs?.model_outputs ?? []).some(({ model_id }) => model_id === id)) {
    await tracking.logOutputs(run.id, [{ model_id: id, step: event.step ?? 0 }], { signal });
  }
  await models.setLoggedModelStatus(id, "LOGGED_MODEL_READY", { signal });
}

export async function writeRegistered(
  client: MlflowClient,
  run: RemoteRun,
  event: ModelRegistered,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const { models } = client;
  const mark = { key: eventTag, value: name };
  let version: ModelVersion | undefined;
  for await (const found of models.searchModelVersions({ filter: `run_id = '${run.id}'`, signal })) {
    if (mapOf(found.tags).get(eventTag) === name) version ??= found;
  }
  if (!version) {
    await models.createRegisteredModel(event.name, { signal });
    const own = Object.entries(event.tags ?? {}).map(([key, value]) => ({ key, value }));
    const more = event.description === undefined ? {} : { description: event.description };
    const source = `${run.root}/${event.path}`;
    version = await models.createModelVersion(
      event.name,
      { source, runId: run.id, tags: [...own, mark], ...more },
      { signal },
    );
  }
  if (event.stage !== undefined) await models.transitionStage(event.name, version.version, event.stage, { signal });
  for (const alias of event.aliases ?? []) await models.setAlias(event.name, alias, version.version, { signal });
}

/** NaN and the infinities are words, as in the journal. */
export function metricsText(metrics: NonNullable<ModelLogged["metrics"]>): string {
  return JSON.stringify(metrics, (_name, value) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
}

/** Those that this package or any other gave the model. */
export function modelMetrics({ info, data }: LoggedModel): { readonly [name: string]: number } {
  const own = Object.entries(jsonObjectOf(mapOf(info.tags).get(metricsTag), JSON.parse) ?? {});
  const others = (data?.metrics ?? []).map(({ key, value }) => [key, value] as const);
  return Object.fromEntries([...others, ...own].map(([name, value]) => [name, Number(value)]));
}

/** What is told of a logged model that this package or any other wrote. */
export function modelLogged(model: LoggedModel, step: number, at: number): Dated<ModelLogged> {
  const { info } = model;
  const tags = mapOf(info.tags);
  const name = info.name ?? info.model_id;
  const metadata = jsonObjectOf(tags.get("metadata"));
  const metrics = modelMetrics(model);
  return {
    kind: "model.logged",
    at,
    name,
    path: tags.get(pathTag) ?? name,
    ...(info.model_type ? { flavor: info.model_type } : {}),
    step,
    ...(Object.keys(metrics).length === 0 ? {} : { metrics }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

export function modelRegistered(version: ModelVersion, root: string, at: number): Dated<ModelRegistered> {
  const { name, source = "", current_stage: stage, description, aliases = [] } = version;
  const tags = [...mapOf(version.tags)].filter(([key]) => !isOwnTag(key));
  return {
    kind: "model.registered",
    at,
    name,
    path: source.startsWith(`${root}/`) ? source.slice(root.length + 1) : source,
    ...(stage === undefined || stage === "None" ? {} : { stage }),
    ...(aliases.length === 0 ? {} : { aliases: [...aliases].sort() }),
    ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }),
    ...(description ? { description } : {}),
  };
}

function jsonObjectOf(text: string | undefined, parse: (text: string) => Json = parseJson): JsonObject | undefined {
  if (text === undefined) return undefined;
  try {
    const value = parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // somebody else's tag
  }
}
