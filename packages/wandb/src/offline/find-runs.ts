import { lstat, readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { getOrCreate, importedRunId, isRunId, mainStream, RunferryError } from "@runferry/core";
import { ownKey, parseExtendedConfig } from "../mapping/index.ts";
import type { Int64, RunRecord, Timestamp } from "./messages.ts";
import { readLogFile } from "./read-log-file.ts";

/** A run below a folder: its streams, and of each its files, the earlier before the later. */
export interface FoundRun {
  readonly id: string;
  readonly isOwn: boolean;
  readonly streams: ReadonlyMap<string, readonly LogFile[]>;
}

/** One .wandb file and what it says it is. */
export interface LogFile {
  readonly path: string;
  /** The run id at W&B. */
  readonly runId: string;
  readonly project: string;
  readonly createdAt: number;
  readonly own: { readonly id: string; readonly stream: string } | undefined;
}

const deepest = 8;

/** Every run in a folder, whoever wrote it: one that holds `wandb`, `wandb` itself, or the folder of a single run. */
export async function findRuns(dir: string): Promise<readonly FoundRun[]> {
  const paths: string[] = [];
  await walk(dir, paths, 0);
  const own = new Map<string, Map<string, LogFile[]>>();
  const foreign = new Map<string, LogFile[]>();
  for (const path of paths) {
    const file = await identify(path);
    const streams = file.own && getOrCreate(own, file.own.id, () => new Map<string, LogFile[]>());
    // A copy of a run elsewhere is another run: two cannot have one id.
    if (file.own && !streams!.has(file.own.stream)) streams!.set(file.own.stream, [file]);
    else getOrCreate(foreign, file.own ? path : `${file.project}\n${file.runId}`, () => []).push(file);
  }
  const runs: FoundRun[] = [...own].map(([id, streams]) => ({ id, isOwn: true, streams }));
  for (const files of foreign.values()) {
    files.sort((a, b) => a.createdAt - b.createdAt || (a.path < b.path ? -1 : 1));
    const { project, runId, createdAt, own: copied } = files[0]!;
    const name = copied ? `${runId} ${basename(dirname(files[0]!.path))}` : runId;
    const id = await importedRunId("wandb", project, name, Math.max(0, Math.round(createdAt)));
    runs.push({ id, isOwn: false, streams: new Map([[mainStream, files]]) });
  }
  return runs;
}

async function walk(folder: string, paths: string[], depth: number): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    if (depth === 0) throw notFound(folder, cause);
    return [];
  });
  // Links are not followed: `latest-run` is one to a run that is found anyway.
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isFile() && entry.name.endsWith(".wandb")) paths.push(join(folder, entry.name));
    else if (entry.isDirectory() && depth < deepest && !["files", "artifacts", "logs"].includes(entry.name)) {
      await walk(join(folder, entry.name), paths, depth + 1);
    }
  }
}

/** What a file says it is; where that is damaged, what its name says. */
async function identify(path: string): Promise<LogFile> {
  let named: LogFile | undefined;
  for await (const found of readLogFile(path, ["run", "config"])) {
    for (const one of found) {
      if (!("record" in one)) continue;
      const { run, config } = one.record;
      if (run) named ??= fileOf(path, run);
      const told = (run?.config ?? config)?.update?.find(({ key, nestedKey }) => (key || nestedKey?.[0]) === ownKey);
      const own = named && told ? ownOf(told.valueJson) : undefined;
      if (own) return { ...named!, own };
      // A file of ours says so again at its end.
      if (named && !isRunId(named.runId.slice(0, 26))) return named;
    }
  }
  return named ?? (await unnamed(path));
}

function fileOf(path: string, { runId, project, startTime }: RunRecord): LogFile {
  return {
    path,
    runId: runId || idInName(path),
    project: project || "uncategorized",
    createdAt: timeOfStamp(startTime) ?? 0,
    own: undefined,
  };
}

async function unnamed(path: string): Promise<LogFile> {
  const { mtimeMs } = await lstat(path);
  const [, ...parts] = /-(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)-/.exec(basename(dirname(path))) ?? [];
  const [year, month, day, hour, minute, second] = parts;
  const told = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const createdAt = Number.isNaN(told) ? Math.floor(mtimeMs) : told;
  return { path, runId: idInName(path), project: "uncategorized", createdAt, own: undefined };
}

function idInName(path: string): string {
  return basename(path, ".wandb").replace(/^run-/, "") || "run";
}

function ownOf(text: string | undefined): LogFile["own"] {
  try {
    const { id, stream } = parseExtendedConfig(text ?? "null") as { id?: unknown; stream?: unknown };
    return typeof id === "string" && isRunId(id) && typeof stream === "string" ? { id, stream } : undefined;
  } catch {
    return undefined; // not what runferry writes there
  }
}

/** Milliseconds. */
export function timeOfStamp(stamp: Timestamp | undefined): number | undefined {
  if (!stamp) return undefined;
  const number = (value: Int64 | undefined) => Number(value ?? 0);
  return Math.round((number(stamp.seconds) * 1000 + number(stamp.nanos) / 1e6) * 1000) / 1000;
}

function notFound(dir: string, cause: unknown): RunferryError {
  return new RunferryError("not_found", `there is no folder ${dir}`, {
    hint: 'name the folder that holds the folder "wandb", or that folder itself',
    data: "nothing was read or changed",
    cause,
  });
}
