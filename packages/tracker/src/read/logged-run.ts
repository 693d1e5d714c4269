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
export function loggedRun(entry: RunEntry, open: () => StoredRun, options: LoggedRunOptions): LoggedRun {
  return new ListedRun(entry, open, options);
}

/** A class for what it takes: the getters of an object of its own would be five times as much as what it says. */
class ListedRun implements LoggedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly status: RunStatus;
  readonly startedAt: number;
  readonly endedAt: number | undefined;
  readonly durationMs: number;
  readonly lastAt: number;
  readonly description: string | undefined;
  readonly group: string | undefined;
  readonly parent: string | undefined;
  readonly user: string | undefined;
  readonly host: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly git: RunStarted["git"];
  readonly source: RunStarted["source"];
  readonly error: RunEnded["error"];
  readonly isDeleted: boolean;
  readonly #entry: RunEntry;
  readonly #open: () => StoredRun;
  #settings: Settings | undefined;
  #spelledParams: JsonObject | undefined;
  #params: LoggedRun["params"] | undefined;
  #tags: LoggedRun["tags"] | undefined;
  #metrics: LoggedMetrics | undefined;
  #artifacts: readonly LoggedArtifact[] | undefined;
  /** Held only while there is room: a list of many runs must not keep every point of all of them. */
  #view: WeakRef<RunView> | undefined;

  constructor(entry: RunEntry, open: () => StoredRun, { isDeleted, now }: LoggedRunOptions) {
    const { started } = entry;
    this.#entry = entry;
    this.#open = open;
    this.id = entry.id;
    this.name = started.name;
    this.experiment = started.experiment;
    this.status = entry.status;
    this.startedAt = started.createdAt;
    this.endedAt = entry.endedAt;
    const until = entry.endedAt ?? (entry.status === "running" ? now() : entry.lastAt);
    this.durationMs = Math.max(0, until - started.createdAt);
    this.lastAt = Math.max(entry.lastAt, entry.endedAt ?? 0);
    this.description = started.description;
    this.group = started.group;
    this.parent = started.parent;
    this.user = started.user;
    this.host = started.host;
    this.command = started.command;
    this.git = started.git;
    this.source = started.source;
    this.error = entry.error;
    this.isDeleted = isDeleted;
  }

  get dir(): string {
    return this.#open().folder;
  }

  get #read(): Settings {
    this.#settings ??= this.#open().settings();
    return this.#settings;
  }

  get params(): LoggedRun["params"] {
    this.#params ??= withoutPrototype(
      [...this.#read.params].map(([name, value]) => [name, plainValue(value)] as const),
    );
    return this.#params;
  }

  get spelledParams(): JsonObject {
    this.#spelledParams ??= withoutPrototype(this.#read.params);
    return this.#spelledParams;
  }

  get tags(): LoggedRun["tags"] {
    this.#tags ??= withoutPrototype(this.#read.tags);
    return this.#tags;
  }

  get metrics(): LoggedMetrics {
    this.#metrics ??= loggedMetrics(this.#entry, this.#open(), () => this.view());
    return this.#metrics;
  }

  get goals(): LoggedRun["goals"] {
    const definitions = [...this.#read.definitions.values()];
    return withoutPrototype(definitions.flatMap(({ name, goal }) => (goal ? [[name, goal] as const] : [])));
  }

  get artifacts(): readonly LoggedArtifact[] {
    this.#artifacts ??= [...this.view().artifacts.values()].map((one) => artifactOf(one, this.#open()));
    return this.#artifacts;
  }

  artifact(name: string): LoggedArtifact & { readonly path: string } {
    const found = this.artifacts.find((one) => one.name === name);
    if (found?.path !== undefined) return { ...found, path: found.path };
    throw found ? gone(found, this.id) : noArtifact(name, this.id, this.artifacts);
  }

  view(): RunView {
    const known = this.#view?.deref();
    if (known) return known;
    const fold = createFold(this.id);
    const stored = this.#open();
    for (const stream of stored.streams) for (const event of stored.events(stream)) fold.add(stream, event);
    const made = fold.view();
    this.#view = new WeakRef(made);
    return made;
  }
}

function artifactOf(
  logged: { readonly file: FileRef; readonly at: number; readonly type?: string; readonly reference?: string },
  stored: StoredRun,
): LoggedArtifact {
  const { path: name, bytes, sha256 } = logged.file;
  const path = stored.pathOf(logged.file) ?? logged.reference;
  return { name, bytes, sha256, loggedAt: logged.at, type: logged.type, path };
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
