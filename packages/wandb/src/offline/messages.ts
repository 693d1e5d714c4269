// The records of a .wandb file, as far as this package reads and writes them. Fields that are absent are undefined.

/** Read as text, so that none is rounded. */
export type Int64 = number | string;

export interface LogRecord {
  readonly num?: Int64;
  readonly history?: HistoryRecord;
  readonly summary?: Updates;
  readonly output?: OutputRecord;
  readonly config?: Updates;
  readonly files?: { readonly files?: readonly FilesItem[] };
  readonly stats?: StatsRecord;
  readonly artifact?: ArtifactRecord;
  readonly alert?: AlertRecord;
  readonly telemetry?: TelemetryRecord;
  readonly metric?: MetricRecord;
  readonly outputRaw?: OutputRecord;
  readonly run?: RunRecord;
  readonly exit?: ExitRecord;
  readonly header?: { readonly versionInfo?: { readonly producer?: string; readonly minConsumer?: string } };
  readonly useArtifact?: { readonly id?: string; readonly type?: string; readonly name?: string };
  readonly environment?: EnvironmentRecord;
  readonly outputLogger?: { readonly line?: string };
}

export interface Timestamp {
  readonly seconds?: Int64;
  readonly nanos?: number;
}

/** A value under a key, or under keys within keys. */
export interface Item {
  readonly key?: string;
  readonly nestedKey?: readonly string[];
  readonly valueJson?: string;
}

/** From wandb 0.31 on a value may also stand as itself; `json` is then what has no field of its own. */
export interface HistoryItem extends Item {
  readonly none?: number;
  readonly boolean?: boolean;
  readonly integer?: Int64;
  readonly number?: number;
  readonly text?: string;
  readonly json?: string;
}

export interface Updates {
  readonly update?: readonly Item[];
  readonly remove?: readonly Item[];
}

export interface HistoryRecord {
  readonly item?: readonly HistoryItem[];
  readonly step?: { readonly num?: Int64 };
}

export interface OutputRecord {
  /** 0 stderr, 1 stdout */
  readonly outputType?: number;
  readonly timestamp?: Timestamp;
  readonly line?: string;
}

export interface FilesItem {
  readonly path?: string;
  /** 0 now, 1 at the end, 2 whenever it changes */
  readonly policy?: number;
  /** 0 other, 1 of wandb, 2 media, 3 artifact */
  readonly type?: number;
}

export interface StatsRecord {
  readonly timestamp?: Timestamp;
  readonly item?: readonly Item[];
}

export interface ArtifactRecord {
  readonly runId?: string;
  readonly project?: string;
  readonly entity?: string;
  readonly type?: string;
  readonly name?: string;
  readonly digest?: string;
  readonly description?: string;
  readonly metadata?: string;
  readonly userCreated?: boolean;
  readonly useAfterCommit?: boolean;
  readonly aliases?: readonly string[];
  readonly manifest?: ManifestMessage;
  readonly distributedId?: string;
  readonly finalize?: boolean;
  readonly clientId?: string;
  readonly sequenceClientId?: string;
  readonly tags?: readonly string[];
  readonly digestAlgorithm?: string;
}

export interface ManifestMessage {
  readonly version?: number;
  readonly storagePolicy?: string;
  readonly storagePolicyConfig?: readonly { readonly key?: string; readonly valueJson?: string }[];
  readonly contents?: readonly ManifestEntryMessage[];
  /** A manifest that is too large for a record stands in a file of its own, one entry a line. */
  readonly manifestFilePath?: string;
}

export interface ManifestEntryMessage {
  readonly path?: string;
  readonly digest?: string;
  readonly ref?: string;
  readonly size?: Int64;
  readonly localPath?: string;
  readonly extra?: readonly { readonly key?: string; readonly valueJson?: string }[];
}

export interface AlertRecord {
  readonly title?: string;
  readonly text?: string;
  readonly level?: string;
  /** Milliseconds. */
  readonly waitDuration?: Int64;
}

export interface TelemetryRecord {
  readonly pythonVersion?: string;
  readonly cliVersion?: string;
}

export interface MetricRecord {
  readonly name?: string;
  readonly globName?: string;
  readonly stepMetric?: string;
  readonly options?: { readonly stepSync?: boolean; readonly hidden?: boolean; readonly defined?: boolean };
  readonly summary?: {
    readonly min?: boolean;
    readonly max?: boolean;
    readonly mean?: boolean;
    readonly best?: boolean;
    readonly last?: boolean;
    readonly none?: boolean;
    readonly copy?: boolean;
    readonly first?: boolean;
  };
  /** 1 minimize, 2 maximize */
  readonly goal?: number;
}

export interface RunRecord {
  readonly runId?: string;
  readonly entity?: string;
  readonly project?: string;
  readonly config?: Updates;
  readonly summary?: Updates;
  readonly runGroup?: string;
  readonly jobType?: string;
  readonly displayName?: string;
  readonly notes?: string;
  readonly tags?: readonly string[];
  readonly sweepId?: string;
  readonly host?: string;
  readonly startingStep?: Int64;
  readonly startTime?: Timestamp;
  readonly resumed?: boolean;
  readonly runtime?: number;
  readonly git?: GitMessage;
}

export interface GitMessage {
  readonly remoteUrl?: string;
  readonly commit?: string;
}

export interface ExitRecord {
  readonly exitCode?: number;
  readonly runtime?: number;
}

export interface EnvironmentRecord {
  readonly os?: string;
  readonly python?: string;
  readonly startedAt?: Timestamp;
  readonly args?: readonly string[];
  readonly program?: string;
  readonly codePath?: string;
  readonly git?: GitMessage;
  readonly email?: string;
  readonly root?: string;
  readonly host?: string;
  readonly username?: string;
  readonly executable?: string;
  readonly cpuCount?: number;
  readonly cpuCountLogical?: number;
  readonly gpuType?: string;
  readonly gpuCount?: number;
  readonly memory?: { readonly total?: Int64 };
  readonly cudaVersion?: string;
  readonly writerId?: string;
}
