import {
  addDifferences,
  type DatasetUsed,
  type Dated,
  type Json,
  type KeepRules,
  keepView,
  type ModelLogged,
  type ModelRegistered,
  type RunEnded,
  type RunStarted,
  type RunView,
  sameJson,
} from "@runferry/core";
import { keptDataset, sameDataset } from "./datasets.ts";
import { keptDefinition } from "./definitions.ts";
import { flatParams } from "./flat-params.ts";
import { mediaFile } from "./media-files.ts";
import {
  escapeAlias,
  escapeKey,
  escapeModelName,
  escapePath,
  escapeTag,
  escapeTitle,
  nameWithContext,
} from "./names.ts";
import { longestParam, longestTag, textValue } from "./texts.ts";
import { metricsText } from "./write-models.ts";

/** What becomes of each thing. `write` uses the same rules one by one, so that the two cannot disagree. */
export const keepRules: KeepRules = {
  started: (started) => {
    const kept = keptStart(started);
    return {
      kept,
      converted: lacks(kept, started, "the start: whole milliseconds, command on one line, no process and system"),
    };
  },
  ended: (ended) => {
    const kept = keptEnd(ended);
    return { kept, converted: lacks(kept, ended, "the end: whole milliseconds") };
  },
  params: (param) => {
    const kept = flatParams(param);
    const isSame = kept.length === 1 && kept[0]!.name === param.name && kept[0]!.value === param.value;
    const isLong = kept.some(({ value }) => value.length > longestParam);
    return {
      kept,
      converted: isLong ? longValues : isSame ? undefined : "params as text, as Python writes them, flattened by dots",
    };
  },
  tag: ({ name, value }) => {
    const kept = { name: escapeTag(name), value: textValue(value) };
    if (kept.value.length > longestTag) return { kept, converted: longValues };
    if (kept.value !== value) return { kept, converted: "text that is no Unicode, and NUL" };
    return { kept, converted: kept.name === name ? undefined : "tag names escaped" };
  },
  metricName: (name) => {
    const kept = escapeKey(name);
    return { kept, converted: kept === name ? undefined : "metric names escaped" };
  },
  contextInName: { kind: "points with a context as a metric of their own", nameOf: nameWithContext },
  point: (point) => {
    const at = Math.max(0, Math.floor(point.at));
    const step = point.step ?? 0;
    const value = keptValue(point.value);
    const changed = [
      ...(at === point.at ? [] : ["times to whole milliseconds"]),
      ...(step === point.step ? [] : ["points without a step at step 0"]),
      ...(Object.is(value, point.value) ? [] : ["infinities to the largest number, -0 to 0"]),
    ];
    return { kept: { ...point, at, step, value }, converted: changed.length > 0 ? changed.join(", ") : undefined };
  },
  definition: (definition) => ({ kept: keptDefinition(definition), converted: "definitions of metrics as tags" }),
  artifact: (artifact, started) => {
    if (artifact.reference !== undefined) return { leftOut: "artifacts that are only referred to" };
    const file = { ...artifact.file, path: escapePath(artifact.file.path) };
    return { kept: { kind: artifact.kind, at: startOf(started), file }, converted: "artifacts: bytes and path" };
  },
  replaced: () => ({ leftOut: "replaced versions of artifacts" }),
  media: (event) => {
    const file = mediaFile(event);
    if (!file) return { leftOut: "figures of nothing" };
    const { name, media } = file;
    const step = file.step === undefined ? {} : { step: file.step };
    const kept = { kind: event.kind, name, ...step, at: Math.floor(event.at), media };
    return { kept, converted: lacks(kept, event, "media as files: no captions, sizes and contexts") };
  },
  dataset: (dataset, started) => {
    const kept = { ...keptDataset(dataset), at: startOf(started) };
    return { kept, converted: lacks(kept, dataset, "datasets: without a time, with a digest") };
  },
  model: (model, started) => {
    const kept = keptModel(model, startOf(started));
    return { kept, converted: lacks(kept, model, "models: without a time") };
  },
  registered: (model, started) => {
    const kept = keptRegistered(model, startOf(started));
    return { kept, converted: lacks(kept, model, "registered models: numbered by the registry") };
  },
  alert: () => ({ leftOut: "alerts" }),
  console: () => ({ leftOut: "console lines" }),
  unknown: () => ({ leftOut: "events of kinds that this version does not know" }),
  supersededStay: "superseded points stay",
  equalPointsMerge: "equal points are one",
};

/** What of a folded run an MLflow server can hold, in the form it holds it. */
export function keeps(view: RunView): RunView {
  const kept = keepView(view, keepRules);
  const datasets = kept.datasets.filter((dataset, i, all) => all.findIndex((one) => sameDataset(one, dataset)) === i);
  const again = kept.datasets.length - datasets.length;
  if (again === 0) return kept;
  const difference = { grade: "left out", kind: usedAgain, count: again } as const;
  return { ...kept, datasets, differences: addDifferences(kept.differences, [difference]) };
}

export const usedAgain = "further uses of a dataset of the same name and digest";
const longValues = "values too long for their field, in full as a file";

/** MLflow has no time for what it only lists: it is as old as the run. */
function startOf(started: RunStarted | undefined): number {
  return Math.max(0, Math.floor(started?.createdAt ?? 0));
}

function keptStart({ command, git, user, description, group, host, parent, ...started }: RunStarted): RunStarted {
  return {
    kind: started.kind,
    format: started.format,
    id: started.id,
    name: escapeTitle(started.name, 250),
    experiment: escapeTitle(started.experiment, 500),
    createdAt: startOf(started),
    ...(parent === undefined ? {} : { parent }),
    ...(group === undefined ? {} : { group: textValue(group) }),
    ...(host === undefined ? {} : { host: textValue(host) }),
    ...(description === undefined ? {} : { description: textValue(description) }),
    ...(user === undefined || user === "" ? {} : { user: textValue(user) }),
    ...(command === undefined || command.length === 0
      ? {}
      : { command: [textValue(command.map(quotedWord).join(" "))] }),
    ...(git === undefined ? {} : { git: keptGit(git) }),
  };
}

function keptGit({ commit, dirty, branch }: NonNullable<RunStarted["git"]>): NonNullable<RunStarted["git"]> {
  return {
    commit: textValue(commit),
    ...(dirty === undefined ? {} : { dirty }),
    ...(branch === undefined ? {} : { branch: textValue(branch) }),
  };
}

function quotedWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

function keptEnd({ exitCode, error, ...ended }: Dated<RunEnded>): Dated<RunEnded> {
  return {
    kind: ended.kind,
    status: ended.status,
    at: Math.max(0, Math.floor(ended.at)),
    ...(ended.after === undefined ? {} : { after: ended.after }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(error === undefined ? {} : { error: keptError(error) }),
  };
}

function keptError({ type, message, trace }: NonNullable<RunEnded["error"]>): NonNullable<RunEnded["error"]> {
  const kept = { type: textValue(type), message: textValue(message) };
  return trace === undefined ? kept : { ...kept, trace: textValue(trace) };
}

function keptValue(value: number): number {
  if (value === Number.POSITIVE_INFINITY) return Number.MAX_VALUE;
  if (value === Number.NEGATIVE_INFINITY) return -Number.MAX_VALUE;
  return value === 0 ? 0 : value;
}

const longestModelTag = 5000;

function keptModel(model: Dated<ModelLogged>, at: number): Dated<ModelLogged> {
  const { kind, name, path, flavor, step, metadata, metrics } = model;
  const fits = metadata !== undefined && JSON.stringify(metadata).length <= longestModelTag;
  return {
    kind,
    at,
    name: escapeModelName(name),
    path: escapePath(path),
    ...(flavor === undefined || flavor === "" ? {} : { flavor: textValue(flavor).slice(0, 500) }),
    step: step ?? 0,
    ...(fits ? { metadata } : {}),
    ...keptModelMetrics(metrics),
  };
}

/** All of them or none. */
function keptModelMetrics(metrics: ModelLogged["metrics"] = {}): Pick<ModelLogged, "metrics"> {
  const kept = Object.fromEntries(Object.entries(metrics).map(([name, value]) => [name, value === 0 ? 0 : value]));
  const text = metricsText(kept);
  return text === "{}" || text.length > longestModelTag ? {} : { metrics: kept };
}

const stages: readonly string[] = ["Staging", "Production", "Archived"];

function keptRegistered(model: Dated<ModelRegistered>, at: number): Dated<ModelRegistered> {
  const { kind, name, path, stage, aliases = [], tags = {}, description } = model;
  const kept = Object.entries(tags).map(([key, value]) => [escapeTag(key), textValue(value).slice(0, longestModelTag)]);
  const known = stages.find((one) => one.toLowerCase() === stage?.toLowerCase());
  return {
    kind,
    at,
    name: escapeModelName(name),
    path: escapePath(path),
    ...(known === undefined ? {} : { stage: known }),
    ...(aliases.length === 0 ? {} : { aliases: [...new Set(aliases.map(escapeAlias))].sort() }),
    ...(kept.length === 0 ? {} : { tags: Object.fromEntries(kept) as { [key: string]: string } }),
    ...(description === undefined || description === "" ? {} : { description: textValue(description).slice(0, 5000) }),
  };
}

/** In these words, where the kept thing is not just as it was. */
function lacks(kept: DatasetUsed | object, was: object, words: string): string | undefined {
  const plain = (thing: object) =>
    Object.fromEntries(
      Object.entries(thing).filter(([key]) => key !== "summary" && key !== "id" && key !== "format"),
    ) as Json;
  return sameJson(plain(kept), plain(was)) ? undefined : words;
}
