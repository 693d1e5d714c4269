import {
  type Dated,
  formatVersion,
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  type MetricDefined,
  problemOf,
  type RunEnded,
  type RunEvent,
  type RunStarted,
} from "@runferry/core";
import { observedKey } from "./ends.ts";
import { meaningOfColumn, ownKey, paramOfConfigKey, runKey, stepColumn } from "./names.ts";
import { withPlainNumbers } from "./plain-numbers.ts";

/** A run as W&B tells of it, whether a server or an offline folder. */
export interface RemoteRun {
  /** W&B's run id. */
  readonly id: string;
  readonly project: string;
  readonly displayName?: string | undefined;
  readonly createdAt: number;
  readonly group?: string | undefined;
  readonly notes?: string | undefined;
  readonly tags: readonly string[];
  readonly host?: string | undefined;
  readonly commit?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly user?: string | undefined;
  /** How it ended, and when, as far as that is known. */
  readonly ended?: { readonly status: RunEnded["status"]; readonly at: number; readonly exitCode?: number } | undefined;
  /** The columns of the history, where they are known, for definitions that are told for many by a pattern. */
  readonly columns?: readonly string[] | undefined;
  /** The config, its top level unwrapped. */
  readonly config: JsonObject;
}

/** What such a run is here. */
export interface ReadRun {
  /** Where runferry wrote it: the run and the stream that it is. */
  readonly own: { readonly id: string; readonly stream: string } | undefined;
  readonly started: RunStarted;
  /** What is told once: params, tags, definitions. */
  readonly facts: readonly Dated<RunEvent>[];
  readonly ended: Dated<RunEnded> | undefined;
}

/** `id` is the run's id here, for a run of someone else's. */
export function readRun(remote: RemoteRun, id: string): ReadRun {
  const { config } = remote;
  const own = ownOf(config[ownKey]);
  const told = own && isJsonObject(config[runKey]) ? withPlainNumbers(config[runKey]) : {};
  const started = startOf(remote, own?.id ?? id, told, own !== undefined);
  const at = started.createdAt;
  const params = Object.entries(config).flatMap(([key, value]): [string, Json][] => {
    const name = own || key !== runKey ? paramOfConfigKey(key) : key;
    return name === undefined ? [] : [[name, value]];
  });
  const held = own && isJsonObject(told.tags) ? Object.entries(told.tags) : [];
  const tags = [
    ...remote.tags.map((tag) => [tag, ""] as const),
    ...held.flatMap(([name, value]) => (typeof value === "string" ? [[name, value] as const] : [])),
  ];
  const isMain = own === undefined || own.stream === "main";
  const facts: Dated<RunEvent>[] = [];
  if (isMain && params.length > 0) facts.push({ kind: "params.set", at, values: Object.fromEntries(params) });
  if (isMain && tags.length > 0) facts.push({ kind: "tags.set", at, values: Object.fromEntries(tags) });
  for (const definition of definitionsIn(remote, own !== undefined)) facts.push({ ...definition, at });
  const registered = own && isJsonList(told.registered) ? told.registered.filter(isJsonObject) : [];
  for (const model of registered) {
    facts.push({ kind: "model.registered", ...withPlainNumbers(model) } as unknown as Dated<RunEvent>);
  }
  const ended = own ? (endIn(told.ended) ?? endIn(told[observedKey])) : endOf(remote);
  const isSound = (event: Dated<RunEvent>) => typeof event.at === "number" && problemOf(event) === undefined;
  return { own, started, facts: facts.filter(isSound), ended };
}

function ownOf(value: Json | undefined): ReadRun["own"] {
  if (!isJsonObject(value)) return undefined;
  const { id, stream } = value;
  return typeof id === "string" && typeof stream === "string" ? { id, stream } : undefined;
}

function startOf(remote: RemoteRun, id: string, told: JsonObject, isOwn: boolean): RunStarted {
  const { tags: _tags, ended: _ended, [observedKey]: _observed, registered: _registered, ...kept } = told;
  const { displayName, notes, group, host, commit, command, user } = remote;
  const shown = {
    ...(notes ? { description: notes } : {}),
    ...(isOwn
      ? {}
      : {
          ...(group ? { group } : {}),
          ...(host ? { host } : {}),
          ...(commit ? { git: { commit } } : {}),
          ...(command && command.length > 0 ? { command } : {}),
          ...(user ? { user } : {}),
          source: { layout: "wandb", id: `${remote.project}/${remote.id}` },
        }),
  };
  const plain: RunStarted = {
    kind: "run.started",
    format: formatVersion,
    id,
    name: displayName || remote.id,
    experiment: remote.project,
    createdAt: remote.createdAt,
    ...shown,
  };
  const whole = { ...plain, ...(withPlainNumbers(kept) as Partial<RunStarted>) };
  // What somebody has changed in the config may be anything.
  return problemOf(whole) === undefined ? whole : plain;
}

function endIn(value: Json | undefined): Dated<RunEnded> | undefined {
  if (!isJsonObject(value)) return undefined;
  const { after: _after, ...told } = withPlainNumbers(value);
  const ended = { kind: "run.ended", ...told } as unknown as Dated<RunEnded>;
  return problemOf(ended) === undefined && typeof ended.at === "number" ? ended : undefined;
}

function endOf({ ended }: RemoteRun): Dated<RunEnded> | undefined {
  return ended && { kind: "run.ended", ...ended };
}

/** The definitions of metrics, in W&B's form of them. */
function definitionsIn({ config, columns = [] }: RemoteRun, isOwn: boolean): readonly MetricDefined[] {
  const wandb = config._wandb;
  const list = isJsonObject(wandb) && isJsonList(wandb.m) ? wandb.m.filter(isJsonObject) : [];
  const nameOf = (column: string) => meaningOfColumn(column).name;
  const named = new Set(list.map((one) => one["1"]));
  return list.flatMap((one): readonly MetricDefined[] => {
    const axis = typeof one["5"] === "number" ? list[one["5"] - 1]?.["1"] : undefined;
    const isOurs = isOwn && axis === stepColumn;
    const goal = goalIn(one);
    if (goal === undefined && (typeof axis !== "string" || isOurs)) return [];
    return columnsOf(one).map((column) => ({
      kind: "metric.defined",
      name: nameOf(column),
      ...(typeof axis === "string" && !isOurs ? { stepMetric: nameOf(axis) } : {}),
      ...(goal === undefined ? {} : { goal }),
    }));
  });

  function columnsOf({ "1": name, "2": pattern }: JsonObject): readonly string[] {
    if (typeof name === "string") return name === stepColumn ? [] : [name];
    if (typeof pattern !== "string" || !pattern.endsWith("*")) return [];
    const start = pattern.slice(0, -1);
    return columns.filter((column) => column.startsWith(start) && !column.startsWith("_") && !named.has(column));
  }
}

function goalIn(definition: JsonObject): "min" | "max" | undefined {
  if (definition["8"] === 1) return "min";
  if (definition["8"] === 2) return "max";
  const kinds = isJsonList(definition["7"]) ? definition["7"] : [];
  if (kinds.includes(1) === kinds.includes(2)) return undefined;
  return kinds.includes(1) ? "min" : "max";
}
