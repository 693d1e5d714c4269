import { histogram, type Run } from "@runferry/tracker";
import { badOption, everyOf } from "./check-options.ts";
import { epochsOf } from "./epochs.ts";
import { type CallbackOptions, makeCallback, type TfCallback, validationName, valuesOf } from "./make-callback.ts";
import type { TfCallbacks, TfLogs, TfTrained } from "./tf-shapes.ts";

export interface TfjsCallbackOptions<C extends object = object> extends CallbackOptions<C> {
  /** Stands before every name, for example `student/`. */
  readonly prefix?: string;
  /** Logs batches as `batch/loss` …: every one, or every n-th. Default: none. */
  readonly everyBatch?: boolean | number;
  /** Logs the weights as histograms `weights/<name>`, at every epoch or every n-th. Default: never. Needs `tf` or `model`. */
  readonly histograms?: boolean | number;
}

/**
 * Logs a training to a run, as the `callbacks` of `fit` and `fitDataset`: the values of an epoch at its number, those of
 * the validation as `val/loss` …, the learning rate as `lr`. A second training of the run goes on counting. It never
 * disturbs the training: what cannot be logged is counted in `run.troubles`.
 */
export function tfjsCallback<C extends object>(
  run: Run,
  options: TfjsCallbackOptions<C> & { readonly tf: TfCallbacks<C> },
): C;
export function tfjsCallback(run: Run, options?: TfjsCallbackOptions): TfCallback;
export function tfjsCallback<C extends object>(run: Run, options: TfjsCallbackOptions<C> = {}): TfCallback | C {
  if (typeof run?.log !== "function") throw badOption("tfjsCallback was given no run", "give what startRun returned");
  const { prefix = "" } = options;
  const everyBatch = everyOf("everyBatch", options.everyBatch);
  const everyHistogram = everyOf("histograms", options.histograms);
  const epochs = epochsOf(run, prefix);
  let saidNoModel = false;

  function named(logs: TfLogs, within: string): { readonly [name: string]: unknown } {
    const pairs = valuesOf(logs).map(([name, value]): [string, unknown] => {
      const validated = validationName(name);
      return [prefix + within + (validated === undefined ? name : `val/${validated}`), value];
    });
    return Object.fromEntries(pairs);
  }

  function epochEnded(epoch: number, logs: TfLogs, model: TfTrained | undefined): void {
    const step = epochs.stepOf(epoch);
    epochs.epochEnded(epoch);
    const lr = learningRateOf(model);
    run.log({ ...(lr === undefined ? {} : { [`${prefix}lr`]: lr }), ...named(logs, "") }, step);
    if (everyHistogram > 0 && step % everyHistogram === 0) logWeights(model, step);
  }

  function learningRateOf(model: TfTrained | undefined): unknown {
    try {
      const optimizer: { readonly learningRate?: unknown } | undefined = model?.optimizer;
      return optimizer?.learningRate;
    } catch (cause) {
      run.lost("the learning rate", cause); // the metrics are there all the same
      return undefined;
    }
  }

  function logWeights(model: TfTrained | undefined, step: number): void {
    if (model === undefined && !saidNoModel) {
      run.lost("histograms of weights", new Error("the model is not known here: give tfjsCallback `tf` or `model`"));
      saidNoModel = true;
    }
    const weights = model?.weights ?? [];
    const originals = weights.map((weight) => weight.originalName ?? weight.name);
    for (const [i, weight] of weights.entries()) {
      const isAlone = originals.indexOf(originals[i]!) === originals.lastIndexOf(originals[i]!);
      const name = `${prefix}weights/${isAlone ? originals[i] : weight.name}`;
      try {
        run.log({ [name]: histogram(weight.read()) }, step);
      } catch (cause) {
        run.lost(`the histogram ${name}`, cause); // the other weights can still be read
      }
    }
  }

  function batchEnded(logs: TfLogs): void {
    const step = epochs.nextBatch();
    if (step % everyBatch === 0) run.log(named(logs, "batch/"), step);
  }

  return makeCallback(
    {
      trainBegins: epochs.trainBegins,
      epochBegins: epochs.stepOf,
      epochEnded,
      batchEnded: everyBatch > 0 ? batchEnded : undefined,
      failed: (cause) => run.lost("a call of tfjsCallback", cause),
    },
    options,
  );
}
