import {
  canonicalJson,
  isJsonObject,
  isSpelled,
  type Json,
  type JsonObject,
  mapJsonObject,
  parseJson,
} from "@runferry/core";
import { quoteWords } from "./extended-json.ts";
import type { LeftArtifact, LeftRun } from "./left-run.ts";

/**
 * The field paths in which what two clients left behind for the same run differs: `config.lr`, `history.loss`,
 * `files.notes.txt`, `artifacts.weights:v0.digest`. The ids of the two runs may differ.
 */
export function compareLeft(ours: LeftRun, theirs: LeftRun): readonly string[] {
  const [a, b] = [leftFields(ours), leftFields(theirs)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path)).sort();
}

/** Where our client and the SDK may differ, and why. Never in config, summary, history, files, digests or the end. */
export const acceptedDifferences: Readonly<Record<string, string>> = {
  "telemetry.t": "which features of the SDK were used; ours says only that a run is there",
  "telemetry.e": "what the SDK finds out of the machine; the journal holds less",
  "telemetry.cli_version": "the version of the SDK",
  "telemetry.python_version": "there is no Python",
  "times.history._timestamp": "two runs are not at the same time",
  "times.history._runtime": "two runs are not at the same time",
  "times.summary._timestamp": "two runs are not at the same time",
  "times.summary._runtime": "two runs are not at the same time",
  "times.summary._wandb": "two runs do not last equally long",
  "generated.config.yaml": "holds the telemetry",
  "generated.wandb-metadata.json": "what the SDK finds out of the machine",
  "generated.wandb-summary.json": "holds times",
  "generated.requirements.txt": "there is no Python",
};

/** Files that the SDK makes up itself. */
const generated =
  /^(config\.yaml|wandb-metadata\.json|wandb-summary\.json|requirements\.txt|output\.log|diff\.patch|code\/.*)$/;
const times = ["_timestamp", "_runtime", "_wandb"];

/** Every field as text that is equal where the content is. */
function leftFields(run: LeftRun): ReadonlyMap<string, string> {
  const fields = new Map<string, Json>();
  const { state, exitcode, displayName, notes, tags, group, jobType, host, program, repo, commit } = run;
  for (const [name, value] of Object.entries({ state, exitcode, displayName, notes, group, jobType }))
    fields.set(name, value);
  for (const [name, value] of Object.entries({ host, program, repo, commit })) fields.set(`origin.${name}`, value);
  fields.set("tags", [...tags].sort());
  for (const [path, value] of configFields(objectOf(run.config))) fields.set(path, value);
  for (const [key, value] of Object.entries(objectOf(run.summary))) fields.set(timed("summary", key), value);
  for (const [path, value] of historyFields(run.history)) fields.set(path, value);
  fields.set("console", run.console.map(withoutTime));
  for (const [path, { sha256 }] of run.files)
    fields.set(`${generated.test(path) ? "generated" : "files"}.${path}`, sha256);
  fields.set("reported", run.reported.filter((path) => !generated.test(path)).sort());
  for (const artifact of run.artifacts) {
    for (const [path, value] of artifactFields(artifact)) fields.set(path, value);
  }
  fields.set("used", run.used.map(({ name, usedAs }) => `${name} ${usedAs ?? ""}`).sort());
  fields.set(
    "alerts",
    run.alerts.map(({ title, text, severity }) => [title, text, severity]),
  );
  const texts = [...fields].map(
    ([path, value]) => [neutral(path, run.id), neutral(canonicalJson(plain(value)), run.id)] as const,
  );
  return new Map(texts);
}

function* configFields(config: JsonObject): Iterable<readonly [string, Json]> {
  for (const [key, wrapped] of Object.entries(config)) {
    const value = isJsonObject(wrapped) ? (wrapped.value ?? null) : wrapped;
    if (key !== "_wandb" || !isJsonObject(value)) {
      yield [`config.${key}`, value];
      continue;
    }
    const { m, visualize, ...telemetry } = value;
    yield ["metrics", m ?? []];
    yield ["charts", visualize ?? {}];
    for (const [part, content] of Object.entries(telemetry)) yield [`telemetry.${part}`, content];
  }
}

/** Column by column: the step and the value of each row that has one. */
function historyFields(lines: readonly (string | undefined)[]): Iterable<readonly [string, Json]> {
  const columns = new Map<string, Json[]>();
  lines.forEach((line, i) => {
    const row = line === undefined ? { missing: i } : objectOf(line);
    for (const [key, value] of Object.entries(row)) {
      const path = timed("history", key);
      const column = columns.get(path) ?? [];
      column.push([row._step ?? null, value]);
      columns.set(path, column);
    }
  });
  return columns;
}

function* artifactFields(artifact: LeftArtifact): Iterable<readonly [string, Json]> {
  const { name, version, type, state, digest, description, metadata, aliases, tags, entries } = artifact;
  const path = `artifacts.${name}:v${version}`;
  const own = { type, state, digest, description, aliases: [...aliases], tags: [...tags].sort() };
  for (const [key, value] of Object.entries(own)) yield [`${path}.${key}`, value];
  yield [`${path}.metadata`, metadata === null ? {} : objectOf(metadata)];
  for (const { path: entry, digest: md5, size, ref, file } of entries) {
    yield [`${path}.files.${entry}`, [md5, size, ref ?? null, file?.sha256 ?? null]];
  }
}

function timed(root: string, key: string): string {
  return times.includes(key) ? `times.${root}.${key}` : `${root}.${key}`;
}

function objectOf(text: string): JsonObject {
  const value = parseJson(quoteWords(text));
  return isJsonObject(value) ? value : { value };
}

/** `1.0` and `1` are one number here, but integers that a JavaScript number would round are as they are spelled. */
function plain(value: Json): Json {
  if (isSpelled(value)) {
    const number = Number(value.rawJSON);
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? value : number;
  }
  if (Array.isArray(value)) return value.map(plain);
  return isJsonObject(value) ? mapJsonObject(value, plain) : value;
}

function withoutTime(line: string | undefined): string {
  return (line ?? "missing").replace(/^(ERROR )?\d{4}-\d\d-\d\dT\S+ ?/, "$1");
}

/** Random ids, and the id of the run where it is part of a name. */
function neutral(text: string, id: string): string {
  return text
    .replaceAll(/wandb-client-artifact:\/\/[a-z0-9]{128}/g, "wandb-client-artifact://")
    .replaceAll(id, "<run>");
}
