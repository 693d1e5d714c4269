import {
  type Before,
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  type Recorded,
  type RunEnded,
  type RunStarted,
  stringifyJson,
} from "@runferry/core";
import { namedNumbers } from "./named-numbers.ts";

/** What one text of the tag `config` says of a run. Later ones add to earlier ones. */
export interface ConfigState {
  readonly run?: JsonObject;
  readonly params?: JsonObject;
  /** `null` stands for a tag that was deleted. */
  readonly tags?: JsonObject;
  readonly metrics?: JsonObject;
  readonly datasets?: readonly Json[];
  /** Named only: their files have no place here. */
  readonly models?: readonly Json[];
  readonly resumed?: JsonObject;
  readonly end?: JsonObject;
}

/** How many of these texts tell everything so far; later ones tell only what is new, or they would grow with its square. */
const wholeTexts = 20;

/** The kinds of events that such a text tells of. */
export const configKinds: readonly string[] = [
  "run.started",
  "params.set",
  "tags.set",
  "metric.defined",
  "dataset.used",
  "model.logged",
  "model.registered",
  "run.resumed",
  "run.ended",
];

/** What an event adds to the config, or undefined where it is of another sort. */
export function configOf(event: Recorded): ConfigState | undefined {
  const { seq: _seq, kind: _kind, at: _at, ...untimed } = event as unknown as JsonObject;
  switch (event.kind) {
    case "run.started": {
      const { format: _format, id: _id, ...run } = untimed;
      return { run };
    }
    case "params.set":
      return { params: event.values };
    case "tags.set":
      return { tags: event.values };
    case "metric.defined": {
      const { name: _name, ...definition } = untimed;
      return { metrics: Object.fromEntries([[event.name, definition]]) };
    }
    case "dataset.used":
      return { datasets: [{ ...untimed, at: event.at }] };
    case "model.logged":
    case "model.registered":
      return { models: [{ name: event.name, path: event.path }] };
    case "run.resumed":
      return { resumed: untimed };
    case "run.ended":
      return { end: endOf(event) };
    default:
      return undefined;
  }
}

function endOf(event: Recorded<RunEnded>): JsonObject {
  const { seq: _seq, kind: _kind, summary: _summary, after: _after, ...end } = event;
  return end as unknown as JsonObject;
}

/** Everything that was told up to a cursor, the end excepted. */
export function configBefore(before: Before): ConfigState {
  const values = <T>(map: ReadonlyMap<string, { readonly value: T }>) =>
    [...map].map(([name, { value }]) => [name, value] as const);
  const started = before.started;
  const all: ConfigState[] = started ? [configOf({ ...started, seq: 0, at: 0 })!] : [];
  all.push({ params: Object.fromEntries(values(before.params)), tags: Object.fromEntries(values(before.tags)) });
  for (const { value } of before.definitions.values()) all.push(configOf({ ...value, seq: 0, at: 0 })!);
  for (const { value, at } of before.datasets) all.push(configOf({ ...value, seq: 0, at })!);
  const models = [...before.models, ...before.registered].sort((a, b) => a.seq - b.seq);
  for (const { value } of models) all.push(configOf({ ...value, seq: 0, at: 0 })!);
  return all.reduce(addConfig, {});
}

export function addConfig(state: ConfigState, more: ConfigState): ConfigState {
  return {
    ...state,
    ...more,
    ...joined("params", state, more),
    ...joined("tags", state, more),
    ...joined("metrics", state, more),
    ...(state.datasets || more.datasets ? { datasets: [...(state.datasets ?? []), ...(more.datasets ?? [])] } : {}),
    ...(state.models || more.models ? { models: [...(state.models ?? []), ...(more.models ?? [])] } : {}),
  };
}

function joined(field: "params" | "tags" | "metrics", a: ConfigState, b: ConfigState): ConfigState {
  if (!a[field] && !b[field]) return {};
  return { [field]: Object.fromEntries([...entriesOf(a[field]), ...entriesOf(b[field])]) };
}

function entriesOf(object: JsonObject | undefined): [string, Json][] {
  return object ? Object.entries(object) : [];
}

/** Whether the text at this place tells everything so far. */
export function tellsAll(place: number, event: Recorded): boolean {
  return place < wholeTexts || event.kind === "run.ended";
}

/** The text: a heading and the description for people, then the whole in JSON. */
export function configText(started: RunStarted | undefined, config: ConfigState): string {
  const shown = fields.flatMap((field): [string, Json][] => {
    const value = config[field] as Json | undefined;
    return value === undefined || isEmpty(value) ? [] : [[field, value]];
  });
  const heading = started ? `# ${firstLine(started.name)}\n\n` : "";
  const description = started?.description ? `${started.description}\n\n` : "";
  const json = stringifyJson(namedNumbers(Object.fromEntries(shown)), 2);
  return `${heading}${description}\`\`\`json\n${json}\n\`\`\``.toWellFormed();
}

/** Their order, whichever came first. */
const fields = ["run", "params", "tags", "metrics", "datasets", "models", "resumed", "end"] as const;

function isEmpty(value: Json): boolean {
  return isJsonList(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0]!;
}

const fence = "```json\n";

/** What such a text says, or undefined where it is someone else's. */
export function readConfig(text: string): ConfigState | undefined {
  const from = text.startsWith(fence)
    ? Math.max(0, text.lastIndexOf(`\n${fence}`) + 1)
    : text.lastIndexOf(`\n${fence}`) + 1;
  if (!text.startsWith(fence, from) || !text.endsWith("\n```")) return undefined;
  let json: Json;
  try {
    json = parseJson(text.slice(from + fence.length, -4));
  } catch {
    return undefined;
  }
  if (!isJsonObject(json)) return undefined;
  const isState = Object.entries(json).every(([key, value]) =>
    key === "datasets" || key === "models" ? isJsonList(value) : objectFields.has(key) && isJsonObject(value),
  );
  return isState ? (json as ConfigState) : undefined;
}

const objectFields = new Set(["run", "params", "tags", "metrics", "resumed", "end"]);
