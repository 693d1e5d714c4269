import {
  type Dated,
  type FileRef,
  isJsonObject,
  type JsonObject,
  type Recorded,
  type RunEvent,
  type RunsOptions,
  stringifyJson,
  unreadHash,
} from "@runferry/core";
import type { RunFile, RunPath, RunRecord, WandbClient } from "../client/index.ts";
import {
  artifactPathOf,
  consoleLogged,
  filePath,
  mergeRun,
  parseExtendedConfig,
  type RunFiles,
  readConsole,
  readRow,
  timeOf,
} from "../mapping/index.ts";
import { artifactFacts, artifactFileUrl, hashOf } from "./read-artifacts.ts";
import { historyOf } from "./read-history.ts";
import type { Found } from "./source.ts";

interface Reading {
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly files: RunsOptions["files"];
  /** What the server tells of files, by path. */
  readonly md5s: Map<string, string>;
}

/** One run there as one stream. */
export async function* readStream(
  client: WandbClient,
  found: Found,
  reading: Reading,
): AsyncIterable<readonly Recorded[]> {
  const { after = 0, signal } = reading;
  const { path, run } = found;
  const referred = new Set<string>();
  const files = filesOf(client, path, referred, signal);
  const facts = [...(await artifactFiles(client, found, reading)), ...(await artifactFacts(client, found, signal))];
  const rows = rowsOf(client, found, files, signal);
  const system = run.own ? {} : { system: systemOf(client, found, files, signal) };
  yield* mergeRun({ run, facts, rows, console: consoleOf(client, found, signal), ...system }, after);
}

async function* rowsOf(
  client: WandbClient,
  { path, run, record }: Found,
  files: RunFiles,
  signal: AbortSignal | undefined,
): AsyncIterable<readonly Dated<RunEvent>[]> {
  const startedAt = run.started.createdAt;
  let lastAt = startedAt;
  for await (const lines of historyOf(client, path, record.historyLineCount ?? undefined, signal)) {
    const events: Dated<RunEvent>[] = [];
    for (const line of lines) {
      const read = await readRow(line, { isOwn: run.own !== undefined, startedAt, lastAt, files });
      lastAt = read.at(-1)?.at ?? lastAt;
      events.push(...read);
    }
    if (events.length > 0) yield events;
  }
  const rest = run.own ? {} : onlyInSummary(record);
  if (Object.keys(rest).length > 0) {
    yield await readRow(stringifyJson(rest), { isOwn: false, startedAt, lastAt, files });
  }
}

/** What somebody put into the summary by hand. */
function onlyInSummary({ summaryMetrics, historyKeys }: RunRecord): JsonObject {
  const columns = new Set(Object.keys(historyKeys?.keys ?? {}).map((key) => key.split(".")[0]));
  const summary = parseExtendedConfig(summaryMetrics ?? "{}");
  const entries = Object.entries(isJsonObject(summary) ? summary : {});
  return Object.fromEntries(entries.filter(([key]) => !key.startsWith("_") && !columns.has(key.split(".")[0])));
}

/** What the SDK measures of the machine, as it is there: the server may have thinned it. */
async function* systemOf(
  client: WandbClient,
  { path, run }: Found,
  files: RunFiles,
  signal: AbortSignal | undefined,
): AsyncIterable<readonly Dated<RunEvent>[]> {
  let lastAt = run.started.createdAt;
  for (const line of await client.runs.events(path, { samples: 1_000_000, signal })) {
    const read = await readRow(line, { isOwn: false, startedAt: run.started.createdAt, lastAt, files });
    lastAt = read.at(-1)?.at ?? lastAt;
    yield read;
  }
}

async function* consoleOf(
  client: WandbClient,
  { path, run }: Found,
  signal: AbortSignal | undefined,
): AsyncIterable<readonly Dated<RunEvent>[]> {
  let lastAt = run.started.createdAt;
  let events: Dated<RunEvent>[] = [];
  for await (const { line, timestamp, level, label } of client.runs.logLines(path, { signal })) {
    const at = timestamp === undefined ? undefined : timeOf(timestamp);
    const text = label === undefined ? line : `[${label}] ${line}`;
    const from = level === "error" ? "stderr" : "stdout";
    const event = at === undefined ? readConsole(text, lastAt) : consoleLogged(from, text, at);
    lastAt = event.at;
    events.push(event);
    if (events.length < 1000) continue;
    yield events;
    events = [];
  }
  if (events.length > 0) yield events;
}

/** The files of the run that are artifacts, each with its hash where that is asked for: only its bytes tell it. */
async function artifactFiles(
  client: WandbClient,
  { path, run }: Found,
  { signal, files, md5s }: Reading,
): Promise<readonly Dated<RunEvent>[]> {
  const events: Dated<RunEvent>[] = [];
  for await (const remote of client.runs.files(path, { signal })) {
    const name = run.own ? artifactPathOf(remote.name) : artifactPathOf(remote.name) && remote.name;
    if (name === undefined) continue;
    if (remote.md5 !== undefined) md5s.set(name, remote.md5);
    const listed = files === "listed" && { sha256: unreadHash, bytes: remote.bytes };
    const file = { ...(listed || (await refOf(client, remote, signal))), path: name };
    events.push({ kind: "artifact.logged", at: run.started.createdAt, file });
  }
  return events;
}

async function refOf(client: WandbClient, remote: RunFile, signal: AbortSignal | undefined): Promise<FileRef> {
  return { path: remote.name, ...(await hashOf(client.storage.get(remote.directUrl, { signal }))) };
}

/** The files of the run, for rows that refer to them. */
function filesOf(client: WandbClient, path: RunPath, referred: Set<string>, signal: AbortSignal | undefined): RunFiles {
  return {
    async text(name) {
      referred.add(name);
      const remote = await fileNamed(client, path, name, signal);
      if (!remote) return undefined;
      const parts: Uint8Array[] = [];
      for await (const part of client.storage.get(remote.directUrl, { signal })) parts.push(part);
      return Buffer.concat(parts).toString("utf8");
    },
    async ref(name) {
      referred.add(name);
      const remote = await fileNamed(client, path, name, signal);
      return remote && refOf(client, remote, signal);
    },
  };
}

async function fileNamed(
  client: WandbClient,
  path: RunPath,
  name: string,
  signal: AbortSignal | undefined,
): Promise<RunFile | undefined> {
  for await (const file of client.runs.files(path, { names: [name], signal })) if (file.name === name) return file;
  return undefined;
}

/** The bytes of a file as it is named here; undefined where the run there has none of that name. */
export async function openFile(
  client: WandbClient,
  path: RunPath,
  { path: name }: FileRef,
  { start, signal }: { readonly start: number; readonly signal?: AbortSignal | undefined },
): Promise<AsyncIterable<Uint8Array> | undefined> {
  for (const candidate of new Set([filePath(name), name])) {
    const remote = await fileNamed(client, path, candidate, signal);
    if (remote) return client.storage.get(remote.directUrl, { start, signal });
  }
  const url = await artifactFileUrl(client, path, name, signal);
  return url === undefined ? undefined : client.storage.get(url, { start, signal });
}
