import {
  type Dated,
  isJsonObject,
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

/** In the place that MLflow has for them they would be points of the run as well. */
const metricsTag = "metrics";

type Metrics = NonNullable<ModelLogged["metrics"]>;

export function metricsText(metrics: Metrics): string {
  const numbers = Object.entries(metrics).map(([key, value]) => {
    const isPlain = Number.isFinite(value) && !Object.is(value, -0);
    return [key, isPlain ? value : Object.is(value, -0) ? "-0" : String(value)] as const;
  });
  return JSON.stringify(Object.fromEntries(numbers));
}

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
    const { metadata, flavor, metrics } = event;
    const tags = [
      { key: eventTag, value: `${run.id}/${name}` },
      { key: "path", value: event.path },
      ...(metadata === undefined ? [] : [{ key: "metadata", value: stringifyJson(metadata) }]),
      ...(metrics === undefined ? [] : [{ key: metricsTag, value: metricsText(metrics) }]),
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

/** What is told of a logged model that this package or any other wrote. */
export function modelLogged({ info, data }: LoggedModel, step: number, at: number): Dated<ModelLogged> {
  const tags = mapOf(info.tags);
  const name = info.name ?? info.model_id;
  const metadata = jsonObjectOf(tags.get("metadata"));
  const own = Object.entries(jsonObjectOf(tags.get(metricsTag)) ?? {});
  const metrics = [...own, ...(data?.metrics ?? []).map(({ key, value }) => [key, value] as const)];
  return {
    kind: "model.logged",
    at,
    name,
    path: tags.get("path") ?? name,
    ...(info.model_type ? { flavor: info.model_type } : {}),
    step,
    ...(metrics.length === 0
      ? {}
      : { metrics: Object.fromEntries(metrics.map(([key, value]) => [key, Number(value)])) }),
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

function jsonObjectOf(text: string | undefined) {
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // somebody else's tag
  }
}
