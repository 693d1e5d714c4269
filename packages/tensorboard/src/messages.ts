// The messages of an event file, as far as this package reads and writes them. Fields that are absent are undefined.

export interface EventMessage {
  /** Seconds since 1970. */
  readonly wallTime: number;
  readonly step?: number;
  readonly fileVersion?: string;
  readonly graphDef?: Uint8Array;
  readonly summary?: Summary;
  readonly sessionLog?: SessionLog;
  readonly taggedRunMetadata?: { readonly tag?: string; readonly runMetadata?: Uint8Array };
}

export interface SessionLog {
  /** 1 START, 2 STOP, 3 CHECKPOINT */
  readonly status?: number;
}

export interface Summary {
  readonly value: readonly Value[];
}

export interface Value {
  readonly tag?: string;
  readonly nodeName?: string;
  readonly simpleValue?: number;
  readonly image?: LegacyImage;
  readonly histo?: LegacyHistogram;
  readonly audio?: LegacyAudio;
  readonly tensor?: Tensor;
  readonly metadata?: Metadata;
}

export interface Metadata {
  readonly pluginData?: { readonly pluginName?: string; readonly content?: Uint8Array };
  readonly displayName?: string;
  readonly summaryDescription?: string;
  /** 1 SCALAR, 2 TENSOR, 3 BLOB_SEQUENCE */
  readonly dataClass?: number;
}

export interface LegacyImage {
  readonly height?: number;
  readonly width?: number;
  readonly colorspace?: number;
  readonly encodedImageString?: Uint8Array;
}

export interface LegacyAudio {
  readonly sampleRate?: number;
  readonly numChannels?: number;
  readonly lengthFrames?: number;
  readonly encodedAudioString?: Uint8Array;
  readonly contentType?: string;
}

export interface LegacyHistogram {
  readonly min?: number;
  readonly max?: number;
  readonly num?: number;
  readonly sum?: number;
  readonly sumSquares?: number;
  readonly bucketLimit?: readonly number[];
  readonly bucket?: readonly number[];
}

export interface Tensor {
  readonly dtype?: number;
  readonly tensorShape?: { readonly dim?: readonly { readonly size?: number }[] };
  readonly tensorContent?: Uint8Array;
  readonly floatVal?: readonly number[];
  readonly doubleVal?: readonly number[];
  readonly intVal?: readonly number[];
  readonly stringVal?: readonly Uint8Array[];
  readonly int64Val?: readonly number[];
  readonly boolVal?: readonly boolean[];
  readonly halfVal?: readonly number[];
  readonly uint32Val?: readonly number[];
  readonly uint64Val?: readonly number[];
}

/** What the plugin hparams keeps in `Metadata.pluginData.content`. */
export interface HParamsData {
  readonly sessionStartInfo?: {
    readonly hparams?: { readonly [name: string]: HParamValue };
    readonly groupName?: string;
    readonly startTimeSecs?: number;
  };
  readonly sessionEndInfo?: {
    /** 0 unknown, 1 success, 2 failure, 3 running */
    readonly status?: number;
    readonly endTimeSecs?: number;
  };
}

export interface HParamValue {
  readonly numberValue?: number;
  readonly stringValue?: string;
  readonly boolValue?: boolean;
}
