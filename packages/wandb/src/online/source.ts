import {
  type FileRef,
  getOrCreate,
  importedRunId,
  isJsonObject,
  type Journal,
  type JsonObject,
  mainStream,
  mapJsonObject,
  RunferryError,
  type RunsOptions,
  type Source,
  type Stream,
} from "@runferry/core";
import { type ClientOptions, type RunPath, type RunRecord, type WandbClient, wandbClient } from "../client/index.ts";
import { parseExtendedConfig, type ReadRun, type RemoteRun, readRun } from "../mapping/index.ts";
import { ownKey } from "../mapping/names.ts";
import { openFile, readStream } from "./read-stream.ts";

export interface WandbSourceOptions extends ClientOptions {
  /** Names of projects. Default: the one that the options or the environment name, or else all. */
  readonly projects?: readonly string[];
  /** In W&B's own form, a MongoDB query as an object: `{ state: "finished" }`. */
  readonly filters?: JsonObject;
  /** In front of the client, for tests. */
  readonly wrap?: (client: WandbClient) => WandbClient;
}

/** A run there, and what it is here. */
export interface Found {
  readonly path: RunPath;
  readonly record: RunRecord;
  readonly run: ReadRun;
}

/** Every run of W&B projects, whichever tool wrote it. Nothing there is changed. */
export function wandbSource(options: WandbSourceOptions = {}): Source {
  const { client, find } = finderOf(options);
  return {
    async *runs({ ids, signal, files } = {}) {
      for (const [id, streams] of await find(ids, signal)) yield journalOf(client, id, streams, files);
    },
  };
}

/**
 * Deletes a run that runferry wrote, with its further streams, for good: W&B takes no run of its id again. False where
 * there is no such run.
 */
export async function removeRun(options: WandbSourceOptions, run: string): Promise<boolean> {
  const { client, find } = finderOf(options);
  const streams = (await find([run], undefined)).get(run) ?? [];
  for (const { record } of streams) await client.runs.delete(record.id, { artifacts: true });
  return streams.length > 0;
}

interface Finder {
  readonly client: WandbClient;
  /** By id, the streams of each run: they are runs of their own there. */
  find(
    ids: readonly string[] | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, readonly Found[]>>;
}

function finderOf(options: WandbSourceOptions): Finder {
  const plain = wandbClient(options);
  const client = options.wrap?.(plain) ?? plain;

  async function* projectsOf(entity: string, signal: AbortSignal | undefined): AsyncIterable<string> {
    const named = options.projects ?? (client.project === undefined ? undefined : [client.project]);
    if (named) yield* named;
    else yield* client.runs.projects(entity, { signal });
  }

  async function* found(filters: JsonObject | undefined, signal: AbortSignal | undefined): AsyncIterable<Found> {
    const entity = client.entity ?? (await client.viewer({ signal })).entity;
    const search = filters === undefined ? { signal } : { filters: JSON.stringify(filters), signal };
    for await (const project of projectsOf(entity, signal)) {
      for await (const record of client.runs.search({ entity, project }, search)) {
        signal?.throwIfAborted();
        const path = { entity, project, run: record.name };
        yield { path, record, run: await readFound(record, path) };
      }
    }
  }

  async function search(
    ids: readonly string[] | undefined,
    filters: JsonObject | undefined,
    signal: AbortSignal | undefined,
  ): Promise<ReadonlyMap<string, readonly Found[]>> {
    const byId = new Map<string, Found[]>();
    const wanted = ids && new Set(ids);
    for await (const one of found(filters, signal)) {
      const { id } = one.run.started;
      if (!wanted || wanted.has(id)) getOrCreate(byId, id, () => []).push(one);
    }
    return byId;
  }

  return {
    client,
    async find(ids, signal) {
      signal?.throwIfAborted();
      let all = ids && (await search(ids, bothFilters(options.filters, namedLike(ids)), signal));
      // A run of someone else's has an id here that it has not got there.
      if (!all || ids!.some((id) => !all!.has(id))) all = await search(ids, options.filters, signal);
      return all;
    },
  };
}

/** What our own runs of these ids and their streams are called there. */
function namedLike(ids: readonly string[]): JsonObject {
  const plain = ids.filter((id) => /^\w+$/.test(id));
  return { $or: [{ name: { $in: ids } }, { name: { $regex: `^(${plain.join("|")})-` } }] };
}

function bothFilters(a: JsonObject | undefined, b: JsonObject): JsonObject {
  return a === undefined ? b : { $and: [a, b] };
}

async function readFound(record: RunRecord, path: RunPath): Promise<ReadRun> {
  const config = configOf(record.config);
  const createdAt = timeOf(record.createdAt) ?? 0;
  const remote: RemoteRun = {
    id: record.name,
    project: path.project,
    displayName: record.displayName ?? undefined,
    createdAt,
    group: record.group ?? undefined,
    notes: record.notes ?? undefined,
    tags: record.tags ?? [],
    commit: record.commit ?? undefined,
    user: record.user?.username ?? undefined,
    ended: endOf(record),
    columns: Object.keys(record.historyKeys?.keys ?? {}),
    config,
  };
  const own = isJsonObject(config[ownKey]) ? config[ownKey].id : undefined;
  const id = typeof own === "string" ? own : await importedRunId("wandb", path.project, record.name, createdAt);
  return readRun(remote, id);
}

/** The config with its top level unwrapped. */
function configOf(text: string | null): JsonObject {
  try {
    const config = parseExtendedConfig(text ?? "{}");
    if (!isJsonObject(config)) return {};
    return mapJsonObject(config, (value) => (isJsonObject(value) && "value" in value ? value.value! : value));
  } catch {
    return {}; // no JSON, so nothing that could be read
  }
}

function endOf({ state, heartbeatAt, createdAt }: RunRecord): RemoteRun["ended"] {
  const at = timeOf(heartbeatAt) ?? timeOf(createdAt) ?? 0;
  if (state === "finished") return { status: "finished", at };
  if (state === "failed" || state === "crashed") return { status: "failed", at };
  return state === "killed" || state === "preempted" ? { status: "killed", at } : undefined;
}

/** Without a zone it is UTC. */
function timeOf(iso: string | null): number | undefined {
  const at = iso === null ? Number.NaN : Date.parse(/Z|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`);
  return Number.isNaN(at) ? undefined : at;
}

function journalOf(client: WandbClient, id: string, streams: readonly Found[], files: RunsOptions["files"]): Journal {
  const md5s = new Map<string, string>();
  const nameOf = ({ run }: Found) => run.own?.stream ?? mainStream;
  const sorted = [...streams].sort((a, b) => Number(nameOf(b) === mainStream) - Number(nameOf(a) === mainStream));
  const { name, experiment, createdAt } = sorted[0]!.run.started;
  return {
    run: id,
    head: { name, experiment, createdAt },
    async *streams() {
      for (const one of sorted) {
        const stream: Stream = {
          name: nameOf(one),
          read: ({ after, signal } = {}) => readStream(client, one, { after, signal, files, md5s }),
        };
        yield stream;
      }
    },
    async *open(file, { start = 0, signal } = {}) {
      for (const { path } of sorted) {
        const content = await openFile(client, path, file, { start, signal });
        if (content) return yield* content;
      }
      throw missing(client.baseUrl, id, file);
    },
    md5Of: ({ path }) => md5s.get(path),
  };
}

function missing(place: string, run: string, file: FileRef): RunferryError {
  return new RunferryError("file_missing", `${place} has no file ${JSON.stringify(file.path)} of run ${run}`, {
    hint: "see whether it was deleted there",
    data: "nothing was changed; the facts of the run are there",
  });
}
