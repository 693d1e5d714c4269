import { badOption } from "./check-options.ts";
import type { TfCallbacks, TfHandlers, TfLogs, TfTrained } from "./tf-shapes.ts";

/** A callback of `fit` and `fitDataset`, alone or behind callbacks of TensorFlow.js in a list. */
export interface TfCallback extends Required<TfHandlers> {
  setParams(params: object): void;
  setModel(model: TfTrained): void;
}

export interface CallbackOptions<C extends object> {
  /**
   * `tf`, for a callback of its own class: it may stand anywhere in a list with others, and is told the model.
   * TensorFlow.js takes a list whose first one is a plain object for plain objects only.
   */
  readonly tf?: TfCallbacks<C>;
  /** The model that is trained, where it is not told by `tf`: for its weights and learning rate. */
  readonly model?: TfTrained;
}

export interface Handlers {
  readonly epochBegins?: (epoch: number) => void;
  readonly trainBegins?: () => void;
  readonly trainEnds?: () => void;
  readonly epochEnded: (epoch: number, logs: TfLogs, model: TfTrained | undefined) => void;
  readonly batchEnded: ((logs: TfLogs) => void) | undefined;
  /** Gets whatever goes wrong, so that training goes on. */
  readonly failed: (cause: unknown) => void;
}

export function makeCallback<C extends object>(handlers: Handlers, options: CallbackOptions<C>): TfCallback | C {
  let { model } = options;

  function safely(work: () => void): void {
    try {
      work();
    } catch (cause) {
      handlers.failed(cause);
    }
  }

  const onTrainBegin = () => safely(() => handlers.trainBegins?.());
  const onTrainEnd = () => safely(() => handlers.trainEnds?.());
  const onEpochBegin = (epoch: number) => safely(() => handlers.epochBegins?.(epoch));
  const onEpochEnd = (epoch: number, logs: TfLogs = {}) => safely(() => handlers.epochEnded(epoch, logs, model));
  const onBatchEnd = (_batch: number, logs: TfLogs = {}) => safely(() => handlers.batchEnded?.(logs));
  const setModel = (trained: TfTrained) => {
    model = options.model ?? trained;
  };
  const epochs = { onTrainBegin, onTrainEnd, onEpochBegin, onEpochEnd };
  if (options.tf !== undefined) {
    // A handler of batches makes TensorFlow.js bring their values from the device, so there is none without need.
    const { CustomCallback } = options.tf;
    if (typeof CustomCallback !== "function") {
      throw badOption("`tf` has no CustomCallback", "give all of @tensorflow/tfjs, or @tensorflow/tfjs-layers");
    }
    const callback = new CustomCallback(handlers.batchEnded === undefined ? epochs : { ...epochs, onBatchEnd });
    return Object.assign(callback, { setModel });
  }
  // In a list behind others every method is called, so there is each of them.
  return { ...epochs, onBatchBegin: () => undefined, onBatchEnd, setParams: () => undefined, setModel };
}

/** The numbers in the logs: TensorFlow.js counts the batch and its samples among them. */
export function valuesOf(logs: TfLogs): readonly (readonly [name: string, value: unknown])[] {
  return Object.entries(logs).filter(([name]) => !["batch", "size", "num_steps"].includes(name));
}

/** The name without the `val_` that TensorFlow.js puts before what belongs to the validation; else undefined. */
export function validationName(name: string): string | undefined {
  return name.startsWith("val_") ? name.slice("val_".length) : undefined;
}
