import type { TensorLike } from "@runferry/tracker";

// What is used of TensorFlow.js, by its shape: whichever of its packages is installed, none of its types is needed here.

/** The logs of an epoch or a batch. Values may still be tensors. */
export interface TfLogs {
  readonly [name: string]: unknown;
}

export interface TfTensor extends TensorLike {
  readonly shape: readonly number[];
}

export interface TfWeight {
  /** Unique in the process. */
  readonly name: string;
  /** What was asked for: the same in the next model of the kind. */
  readonly originalName?: string;
  read(): TfTensor;
}

/** A model that is trained. */
export interface TfTrained {
  readonly weights?: readonly TfWeight[];
  /** Its `learningRate` is read. */
  readonly optimizer?: object;
}

/** What `CustomCallback` of TensorFlow.js takes. */
export interface TfHandlers {
  readonly onTrainBegin?: (logs?: TfLogs) => void;
  readonly onTrainEnd?: (logs?: TfLogs) => void;
  readonly onEpochBegin?: (epoch: number, logs?: TfLogs) => void;
  readonly onEpochEnd?: (epoch: number, logs?: TfLogs) => void;
  readonly onBatchBegin?: (batch: number, logs?: TfLogs) => void;
  readonly onBatchEnd?: (batch: number, logs?: TfLogs) => void;
}

/** `tf` itself, or `@tensorflow/tfjs-layers`. */
export interface TfCallbacks<C extends object> {
  readonly CustomCallback: new (handlers: TfHandlers) => C;
}
