// What MLflow's REST interface speaks. What is absent is unset.

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export type ViewType = "ACTIVE_ONLY" | "DELETED_ONLY" | "ALL";
export type MlflowStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";
export type Lifecycle = "active" | "deleted";

/** Not finite ones are the words NaN, Infinity and -Infinity. */
export type WireNumber = number | "NaN" | "Infinity" | "-Infinity";

export interface Experiment {
  readonly experiment_id: string;
  readonly name: string;
  readonly artifact_location?: string;
  readonly lifecycle_stage?: Lifecycle;
  readonly creation_time?: number;
  readonly tags?: readonly KeyValue[];
}

export interface RunInfo {
  readonly run_id: string;
  readonly run_name?: string;
  readonly experiment_id: string;
  readonly user_id?: string;
  readonly status: MlflowStatus;
  readonly start_time?: number;
  readonly end_time?: number;
  readonly artifact_uri?: string;
  readonly lifecycle_stage?: Lifecycle;
}

export interface Metric {
  readonly key: string;
  readonly value: WireNumber;
  readonly timestamp: number;
  readonly step?: number;
  readonly model_id?: string;
  readonly dataset_name?: string;
  readonly dataset_digest?: string;
}

export interface Dataset {
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema?: string;
  readonly profile?: string;
}

export interface DatasetInput {
  readonly tags?: readonly KeyValue[];
  readonly dataset: Dataset;
}

export interface ModelOutput {
  readonly model_id: string;
  readonly step?: number;
}

export interface Run {
  readonly info: RunInfo;
  readonly data?: {
    /** The last value of each metric. */
    readonly metrics?: readonly Metric[];
    readonly params?: readonly KeyValue[];
    readonly tags?: readonly KeyValue[];
  };
  readonly inputs?: {
    readonly dataset_inputs?: readonly DatasetInput[];
    readonly model_inputs?: readonly ModelOutput[];
  };
  readonly outputs?: { readonly model_outputs?: readonly ModelOutput[] };
}

export interface FileInfo {
  /** Below the root of the run. */
  readonly path: string;
  readonly is_dir?: boolean;
  readonly file_size?: number;
}

export interface LoggedModel {
  readonly info: {
    readonly model_id: string;
    readonly experiment_id: string;
    readonly name?: string;
    readonly creation_timestamp_ms?: number;
    readonly artifact_uri?: string;
    readonly status?: string | number;
    readonly model_type?: string;
    readonly source_run_id?: string;
    readonly tags?: readonly KeyValue[];
  };
  readonly data?: { readonly params?: readonly KeyValue[]; readonly metrics?: readonly Metric[] };
}

export interface RegisteredModel {
  readonly name: string;
  readonly description?: string;
  readonly latest_versions?: readonly ModelVersion[];
  readonly tags?: readonly KeyValue[];
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[];
}

export interface ModelVersion {
  readonly name: string;
  readonly version: string;
  readonly creation_timestamp?: number;
  readonly current_stage?: string;
  readonly description?: string;
  readonly source?: string;
  readonly run_id?: string;
  readonly status?: string;
  readonly tags?: readonly KeyValue[];
  readonly aliases?: readonly string[];
  readonly model_id?: string;
}
