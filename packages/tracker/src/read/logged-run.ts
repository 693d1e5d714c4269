import {
  createFold,
  type FileRef,
  type JsonObject,
  type RunEnded,
  RunferryError,
  type RunStarted,
  type RunStatus,
  type RunView,
} from "@runferry/core";
import type { RunEntry, Settings, StoredRun } from "@runferry/local";
import { suggestion } from "../near-names.ts";
import { type LoggedMetrics, loggedMetrics } from "./logged-metric.ts";
import { type PlainValue, plainValue, withoutPrototype } from "./plain-json.ts";

/** A file of a run. */
export interface LoggedArtifact {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly loggedAt: number;
  readonly type: string | undefined;
  /** Where it is on this disk; undefined where its bytes are not there any more. */
  readonly path: string | undefined;
}

/**
 * A run that is read back, as it was when it was asked for. What a list needs is at hand; the rest is read from the
 * journal when it is first looked at. Times are milliseconds since 1970.
 */
export interface LoggedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  /** Until it ended, was last heard of, or, of a run that goes on, until now. */
  readonly durationMs: number;
  /** When it last wrote anything. */
  readonly lastAt: number;
  readonly description: string | undefined;
  readonly group: string | undefined;
  readonly parent: string | undefined;
  readonly user: string | undefined;
  readonly host: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly git: RunStarted["git"];
  /** Where an imported run came from: which layout, and its id there. */
  readonly source: RunStarted["source"];
  readonly error: RunEnded["error"];
  readonly isDeleted: boolean;
  /** Numbers are numbers; whole ones beyond 2^53 are bigints. */
  readonly params: { readonly [name: string]: PlainValue };
  /** The same with numbers as they were spelled. */
  readonly spelledParams: JsonObject;
  readonly tags: { readonly [name: string]: string };
  readonly metrics: LoggedMetrics;
  readonly goals: { readonly [metric: string]: "min" | "max" };
  readonly dir: string;
  readonly artifacts: readonly LoggedArtifact[];
  /** Throws `not_found` where there is none of that name, and `file_missing` where its bytes are gone. */
  artifact(name: string): LoggedArtifact & { readonly path: string };
  /** Everything the journal says. */
  view(): RunView;
}

export interface LoggedRunOptions {
  readonly isDeleted: boolean;
  readonly now: () => number;
}

/** `open` is only called where more than a list needs is looked at: lists may be long. */
export function loggedRun(entry: RunEntry, open: () => StoredRun, { isDeleted, now }: LoggedRunOptions): LoggedRun {
  const { started } = entry;
  // Held only while there is room: a list of many runs must not keep every point of all of them.
  let folded: WeakRef<RunView> | undefined;
  const settings = once((): Settings => open().settings());
  const spelledParams = once(() => withoutPrototype(settings().params));
  const params = once(() =>
    withoutPrototype([...settings().params].map(([name, value]) => [name, plainValue(value)] as const)),
  );
  const tags = once(() => withoutPrototype(settings().tags));
  const metrics = once(() => loggedMetrics(entry, open(), view));
  const artifacts = once(() => [...view().artifacts.values()].map((one) => artifactOf(one, open())));

  function view(): RunView {
    const known = folded?.deref();
    if (known) return known;
    const fold = createFold(entry.id);
    const stored = open();
    for (const stream of stored.streams) for (const event of stored.events(stream)) fold.add(stream, event);
    const made = fold.view();
    folded = new WeakRef(made);
    return made;
  }

  return {
    id: entry.id,
    name: started.name,
    experiment: started.experiment,
    status: entry.status,
    startedAt: started.createdAt,
    endedAt: entry.endedAt,
    durationMs: Math.max(0, (entry.endedAt ?? (entry.status === "running" ? now() : entry.lastAt)) - started.createdAt),
    lastAt: Math.max(entry.lastAt, entry.endedAt ?? 0),
    description: started.description,
    group: started.group,
    parent: started.parent,
    user: started.user,
    host: started.host,
    command: started.command,
    git: started.git,
    source: started.source,
    error: entry.error,
    isDeleted,
    get dir() {
      return open().folder;
    },
    get params() {
      return params();
    },
    get spelledParams() {
      return spelledParams();
    },
    get tags() {
      return tags();
    },
    get metrics() {
      return metrics();
    },
    get goals() {
      const definitions = [...settings().definitions.values()];
      return withoutPrototype(definitions.flatMap(({ name, goal }) => (goal ? [[name, goal] as const] : [])));
    },
    get artifacts() {
      return artifacts();
    },
    artifact(name) {
      const found = artifacts().find((one) => one.name === name);
      if (found?.path !== undefined) return { ...found, path: found.path };
      throw found ? gone(found, entry.id) : noArtifact(name, entry.id, artifacts());
    },
    view,
  };
}

function artifactOf(
  logged: { readonly file: FileRef; readonly at: number; readonly type?: string; readonly reference?: string },
  stored: StoredRun,
): LoggedArtifact {
  const { path: name, bytes, sha256 } = logged.file;
  const path = stored.pathOf(logged.file) ?? logged.reference;
  return { name, bytes, sha256, loggedAt: logged.at, type: logged.type, path };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

function noArtifact(name: string, id: string, artifacts: readonly LoggedArtifact[]): RunferryError {
  const names = artifacts.map((one) => one.name);
  return new RunferryError("not_found", `run ${id} has no artifact called ${JSON.stringify(name)}`, {
    hint: suggestion(name, names) || `it has ${names.slice(0, 5).join(", ") || "none"}`,
    data: "nothing was changed",
  });
}

function gone({ name, sha256 }: LoggedArtifact, id: string): RunferryError {
  return new RunferryError("file_missing", `${name} of run ${id} (sha256 ${sha256}) is not there any more`, {
    hint: "restore the file in the run's folder",
    data: "the journal still names the file; nothing else is affected",
  });
}
