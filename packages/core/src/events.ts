import type { Json, JsonObject } from "./json.ts";

/** The format of the journal that this version writes. Readers lift older ones (`upcast.ts`) and refuse newer ones. */
export const formatVersion = 1;

/** What tells points of the same series apart, e.g. `{ dataset: "test" }`. */
export type Context = { readonly [key: string]: string };

export type RunStatus = "running" | "finished" | "failed" | "killed";
export type EndStatus = Exclude<RunStatus, "running">;

/** A file of the run. `path` is the user's name for it, `/` between folders, whatever the platform. */
export interface FileRef {
  readonly path: string;
  readonly sha256: string;
  readonly bytes: number;
}

export interface RunStarted {
  readonly kind: "run.started";
  /** Version of the journal format. */
  readonly format: number;
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  /** Milliseconds since 1970, as every time here. */
  readonly createdAt: number;
  readonly parent?: string;
  readonly group?: string;
  readonly description?: string;
  readonly user?: string;
  readonly host?: string;
  readonly pid?: number;
  readonly command?: readonly string[];
  /** `dirty` is absent where it could not be told in time. */
  readonly git?: { readonly commit: string; readonly dirty?: boolean; readonly branch?: string };
  /** What `autoLog` found out about the machine. */
  readonly system?: JsonObject;
  /** Where an imported run came from. */
  readonly source?: { readonly layout: string; readonly id: string };
}

export interface RunResumed {
  readonly kind: "run.resumed";
  /** Earlier points of this stream with a step at or above it are superseded. */
  readonly fromStep?: number;
}

export interface ParamsSet {
  readonly kind: "params.set";
  readonly values: JsonObject;
}

export interface TagsSet {
  readonly kind: "tags.set";
  /** `null` deletes a tag. */
  readonly values: { readonly [name: string]: string | null };
}

export interface MetricsLogged {
  readonly kind: "metrics.logged";
  /** A safe integer; absent where the user gave none. */
  readonly step?: number;
  readonly context?: Context;
  /** NaN, the infinities and -0 are values like any other. */
  readonly values: { readonly [name: string]: number };
}

export interface MetricDefined {
  readonly kind: "metric.defined";
  readonly name: string;
  /** The metric that is this one's x axis. */
  readonly stepMetric?: string;
  readonly goal?: "min" | "max";
}

export type Media =
  | {
      readonly type: "image";
      readonly file: FileRef;
      readonly caption?: string;
      readonly width?: number;
      readonly height?: number;
    }
  | { readonly type: "audio"; readonly file: FileRef; readonly caption?: string; readonly sampleRate?: number }
  /** `edges` has one entry more than `counts`. */
  | { readonly type: "histogram"; readonly edges: readonly number[]; readonly counts: readonly number[] }
  | { readonly type: "table"; readonly columns: readonly string[]; readonly rows: readonly (readonly Json[])[] }
  | { readonly type: "text"; readonly text: string; readonly format?: "plain" | "markdown" }
  /** A drawn picture, the spec it was drawn from, or both. */
  | { readonly type: "figure"; readonly file?: FileRef; readonly spec?: JsonObject; readonly caption?: string };

export interface MediaLogged {
  readonly kind: "media.logged";
  readonly name: string;
  readonly step?: number;
  readonly context?: Context;
  readonly media: Media;
}

export interface ArtifactLogged {
  readonly kind: "artifact.logged";
  readonly file: FileRef;
  /** Where the bytes are, when they were not copied into the run. */
  readonly reference?: string;
  readonly type?: string;
  readonly metadata?: JsonObject;
}

export interface DatasetUsed {
  readonly kind: "dataset.used";
  readonly name: string;
  readonly digest?: string;
  readonly source?: string;
  /** What it was used for: training, validation, test. */
  readonly purpose?: string;
  readonly metadata?: JsonObject;
}

export interface ModelLogged {
  readonly kind: "model.logged";
  readonly name: string;
  /** The artifact, or the folder of artifacts, that holds it. */
  readonly path: string;
  readonly flavor?: string;
  readonly step?: number;
  readonly metrics?: { readonly [name: string]: number };
  readonly metadata?: JsonObject;
}

export interface ModelRegistered {
  readonly kind: "model.registered";
  /** The name in the registry. */
  readonly name: string;
  /** The `path` of the `model.logged` it registers. */
  readonly path: string;
  readonly version?: string;
  readonly stage?: string;
  readonly aliases?: readonly string[];
  readonly tags?: { readonly [name: string]: string };
  readonly description?: string;
}

export interface AlertRaised {
  readonly kind: "alert.raised";
  readonly title: string;
  readonly text?: string;
  readonly level: "info" | "warn" | "error";
}

export interface ConsoleLogged {
  readonly kind: "console.logged";
  readonly from: "stdout" | "stderr";
  readonly text: string;
}

/** Something was logged that this journal does not hold. Written by a writer that could not, or put by a reader in a gap. */
export interface EventsLost {
  readonly kind: "events.lost";
  readonly count: number;
  readonly reason: string;
  /** Where in the journal, when a reader found it. */
  readonly where?: string;
}

/** A stream other than `main` will not go on. */
export interface WriterEnded {
  readonly kind: "writer.ended";
}

/** Enough of a metric to list a run without reading it. */
export interface MetricSummary {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  readonly first: number;
  readonly last: number;
}

export interface RunEnded {
  readonly kind: "run.ended";
  readonly status: EndStatus;
  readonly exitCode?: number;
  readonly error?: { readonly type: string; readonly message: string; readonly trace?: string };
  readonly summary?: { readonly [metric: string]: MetricSummary };
  /** In an end seen from outside: the last seq of `main` then. It is void once `main` has gone on. */
  readonly after?: number;
}

/** An event of a kind that this version does not know. It is kept, forwarded, and a difference wherever it has no place. */
export interface UnknownEvent {
  readonly kind: "unknown";
  readonly was: string;
  readonly fields: JsonObject;
}

/** A fact about a run, in the past tense. */
export type RunEvent =
  | RunStarted
  | RunResumed
  | ParamsSet
  | TagsSet
  | MetricsLogged
  | MetricDefined
  | MediaLogged
  | ArtifactLogged
  | DatasetUsed
  | ModelLogged
  | ModelRegistered
  | AlertRaised
  | ConsoleLogged
  | EventsLost
  | WriterEnded
  | RunEnded
  | UnknownEvent;

/**
 * `seq` counts 1, 2, 3 per stream; (run, stream, seq) names an event for ever. `at` is in milliseconds with up to three
 * decimals and never falls within a stream.
 */
export interface Stamp {
  readonly seq: number;
  readonly at: number;
}

/** An event as the journal holds it. */
export type Recorded<E extends RunEvent = RunEvent> = E & Stamp;

/** The stream of the run's own process. Only it logs params, tags, start and end. */
export const mainStream = "main";
/** The stream of ends that were seen from outside. */
export const observerStream = "observer";

/** The file that an event refers to, if it does. */
export function fileOf(event: RunEvent): FileRef | undefined {
  if (event.kind === "artifact.logged") return event.file;
  if (event.kind !== "media.logged") return undefined;
  return "file" in event.media ? event.media.file : undefined;
}

/** Whether nothing more is to come after this event, unless the run is resumed. */
export function endsStream(event: RunEvent): boolean {
  return event.kind === "run.ended" || event.kind === "writer.ended";
}
