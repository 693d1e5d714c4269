/** What every call takes. */
export interface Asking {
  readonly signal?: AbortSignal | undefined;
}

/** Where a run is. `run` is its id, which W&B's own interface calls `name`. */
export interface RunPath {
  readonly entity: string;
  readonly project: string;
  readonly run: string;
}

export type ProjectPath = Omit<RunPath, "run">;

export interface Viewer {
  readonly id: string;
  /** Where projects go when no entity is named. */
  readonly entity: string;
  readonly username?: string | undefined;
  readonly teams: readonly string[];
}

/** What a run is created with or changed to; what is absent stays as it is. */
export interface RunUpsert {
  /** The run's id. */
  readonly run: string;
  readonly project?: string;
  /** Default: that of the user whose key it is. */
  readonly entity?: string;
  /** The storage id, as an earlier answer gave it: changes that run, and never creates one. */
  readonly storageId?: string;
  readonly displayName?: string;
  readonly notes?: string;
  readonly group?: string;
  readonly jobType?: string;
  /** The whole list. */
  readonly tags?: readonly string[];
  /** The whole config in its wrapped form, as (extended) JSON text. */
  readonly config?: string;
  /** The whole summary, as (extended) JSON text. */
  readonly summary?: string;
  readonly host?: string;
  readonly program?: string;
  readonly repo?: string;
  readonly commit?: string;
  readonly state?: string;
}

export interface UpsertedRun extends RunPath {
  readonly storageId: string;
  readonly displayName: string | undefined;
  /** How many history lines the server has of it; the next one goes there. */
  readonly historyLines: number;
  /** Whether this very call created it; undefined where the server does not say. */
  readonly inserted: boolean | undefined;
}

/** A run that is there already, with how many lines the server has of each file. */
export interface ResumeStatus {
  readonly storageId: string;
  readonly run: string;
  readonly displayName: string | undefined;
  readonly historyLines: number;
  readonly eventsLines: number;
  readonly logLines: number;
  /** (Extended) JSON texts. */
  readonly config: string | undefined;
  readonly summary: string | undefined;
  /** The last few rows, each as (extended) JSON text. */
  readonly historyTail: readonly string[];
  readonly eventsTail: readonly string[];
  readonly tags: readonly string[];
  readonly notes: string | undefined;
  /** False where it was only made room for, by a sweep for instance, and never begun. */
  readonly begun: boolean;
}

export type RunState =
  | "running"
  | "finished"
  | "crashed"
  | "failed"
  | "killed"
  | "pending"
  | "preempting"
  | "preempted"
  | (string & {});

/** A run as it is read back. `config`, `summaryMetrics` and `systemMetrics` are (extended) JSON texts. */
export interface RunRecord {
  readonly id: string;
  /** The run's id. */
  readonly name: string;
  readonly displayName: string | null;
  readonly state: RunState;
  readonly config: string | null;
  readonly summaryMetrics: string | null;
  readonly systemMetrics: string | null;
  readonly tags: readonly string[] | null;
  readonly notes: string | null;
  readonly description: string | null;
  readonly group: string | null;
  readonly jobType: string | null;
  readonly commit: string | null;
  readonly sweepName: string | null;
  readonly createdAt: string;
  readonly heartbeatAt: string | null;
  readonly historyLineCount: number | null;
  readonly historyKeys: HistoryKeys | null;
  readonly user: { readonly name: string | null; readonly username: string | null } | null;
}

export interface HistoryKeys {
  /** The highest `_step` there is. */
  readonly lastStep?: number;
  readonly keys?: { readonly [metric: string]: unknown };
}

export interface HistoryRange {
  readonly minStep: number;
  readonly maxStep: number;
  readonly samples?: number;
}

export interface RunSearch extends Asking {
  /** A filter in MongoDB's form, as JSON text. */
  readonly filters?: string;
  /** For example `+created_at`, which is the default. */
  readonly order?: string;
  readonly pageSize?: number;
}

export interface RunFile {
  readonly id: string;
  readonly name: string;
  /** Where its bytes are, signed; possibly below the base URL. */
  readonly directUrl: string;
  readonly bytes: number;
  /** Base64 of the MD5, where the server knows it. */
  readonly md5: string | undefined;
  readonly mimetype: string | undefined;
  readonly updatedAt: string | undefined;
}

export interface LogLine {
  readonly number: number;
  readonly line: string;
  readonly timestamp: string | undefined;
  readonly level: string | undefined;
  readonly label: string | undefined;
}

export interface Alert {
  readonly title: string;
  readonly text: string;
  readonly level: "INFO" | "WARN" | "ERROR";
  /** The same title again within this time is not sent. */
  readonly waitMs?: number;
}

/** Where to put a file, and with which headers (`Name:value`). */
export interface UploadTarget {
  readonly name: string;
  readonly url: string;
  readonly headers: readonly string[];
}
