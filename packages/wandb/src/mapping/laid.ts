import type { AlertRaised, ConsoleLogged, Difference, RunEnded } from "@runferry/core";

/** How far a stream is at W&B: all that its memo holds of the mapping. */
export interface Progress {
  /** Lines of history so far. */
  readonly rows: number;
  /** Lines of the console so far. */
  readonly console: number;
  /** The `_step` and the time of the last row. */
  readonly step: number | null;
  readonly at: number | null;
  /** The last step that the user gave. */
  readonly userStep: number | null;
  /** Whether a row has had a `_step` that is not the step the user gave: then `global_step` is the x axis. */
  readonly isOffStep: boolean;
}

export const noProgress: Progress = { rows: 0, console: 0, step: null, at: null, userStep: null, isOffStep: false };

/** One line of history: the columns and, side by side with them, their values as extended JSON. */
export interface Row {
  /** The event that it is from. */
  readonly seq: number;
  readonly columns: readonly string[];
  readonly values: readonly string[];
}

/** One line of the console, without its newline. */
export interface ConsoleLine {
  readonly at: number;
  readonly from: ConsoleLogged["from"];
  readonly text: string;
}

/** Top-level keys with their values as (extended) JSON, in order. */
export type JsonTexts = ReadonlyMap<string, string>;

/** What the run is called and where it belongs; whole, whenever something of it has changed. */
export interface RunFields {
  /** The run id at W&B: `<id>` for `main`, `<id>-<stream>` for another stream. */
  readonly id: string;
  readonly project: string;
  readonly displayName: string;
  readonly startedAt: number;
  readonly tags: readonly string[];
  readonly notes?: string;
  readonly group?: string;
  readonly jobType?: string;
  readonly host?: string;
  readonly program?: string;
  readonly command?: readonly string[];
  readonly commit?: string;
}

/** As `define_metric` would: names are columns. */
export interface Definition {
  readonly name: string;
  readonly stepMetric?: string;
  readonly goal?: "min" | "max";
}

/** A file that the mapping writes itself: tables, figures. It is small, and sent with the facts. */
export interface MadeFile {
  readonly path: string;
  readonly text: string;
}

/** The row that records it says whether it was told before: telling it again would notify people twice. */
export interface Alert {
  readonly seq: number;
  /** The index of its line of history. */
  readonly row: number;
  readonly at: number;
  readonly title: string;
  readonly text: string;
  readonly level: AlertRaised["level"];
}

/** A file of an artifact: one of the run's, by its hash, or made here. */
export type ArtifactFile =
  | { readonly path: string; readonly file: { readonly path: string; readonly sha256: string; readonly bytes: number } }
  | { readonly path: string; readonly text: string };

/** A version of an artifact. The same always has the same digest, so that sending it again finds it there. */
export interface LaidArtifact {
  readonly seq: number;
  readonly role: "output" | "input";
  readonly type: string;
  readonly name: string;
  readonly description?: string;
  /** JSON. */
  readonly metadata: string;
  readonly aliases: readonly string[];
  readonly files: readonly ArtifactFile[];
  /** Of an input: what it is used for. */
  readonly usedAs?: string;
}

/** The last model of the run that lay at this path is to be in this collection of the registry. */
export interface Link {
  readonly seq: number;
  readonly path: string;
  readonly collection: string;
  readonly aliases: readonly string[];
}

/** What a batch of one stream becomes. */
export interface Laid {
  /** To stand from line `before.rows` on. */
  readonly rows: readonly Row[];
  /** To stand from line `before.console` on. */
  readonly console: readonly ConsoleLine[];
  /** The whole summary as it then is; undefined where nothing of it has changed. */
  readonly summary: JsonTexts | undefined;
  /** The whole config without `_wandb`, unwrapped; undefined where neither it nor a definition has changed. */
  readonly config: JsonTexts | undefined;
  /** Every definition of a metric; there whenever the config is. */
  readonly definitions: readonly Definition[] | undefined;
  readonly run: RunFields | undefined;
  readonly files: readonly MadeFile[];
  readonly alerts: readonly Alert[];
  readonly artifacts: readonly LaidArtifact[];
  readonly links: readonly Link[];
  /** The end of the run, where this batch ends it and does not take it up again. */
  readonly end: { readonly exitCode: number; readonly status: RunEnded["status"]; readonly at: number } | undefined;
  /** Whether it takes the run up again, be it to end it after that. */
  readonly isResumed: boolean;
  readonly lastSeq: number;
  readonly differences: readonly Difference[];
  readonly progress: Progress;
}
