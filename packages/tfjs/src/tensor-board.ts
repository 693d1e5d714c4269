import { join } from "node:path";
import { messageOf } from "@runferry/core";
import { badOption } from "./check-options.ts";
import { type CallbackOptions, makeCallback, type TfCallback, validationName, valuesOf } from "./make-callback.ts";
import { type SummaryFileWriter, summaryFileWriter } from "./summary-file-writer.ts";
import type { TfCallbacks, TfLogs, TfTensor, TfTrained } from "./tf-shapes.ts";

export interface TensorBoardCallbackOptions<C extends object = object> extends CallbackOptions<C> {
  /** `batch`: also after every batch. Default: `epoch`. */
  readonly updateFreq?: "epoch" | "batch";
  /** Every so many epochs, histograms of the weights. Default: 0, never. Needs `tf` or `model`. */
  readonly histogramFreq?: number;
}

/**
 * Writes a training as event files, as `tf.node.tensorBoard` does, without its native library: `epoch_loss` at steps
 * from 1 on, `batch_loss` counted over all epochs, in the folders `train` and `val` of `logdir`. An error while it
 * writes is told once, as a warning of the process, and the training goes on.
 */
export function tensorBoard<C extends object>(
  logdir: string | undefined,
  options: TensorBoardCallbackOptions<C> & { readonly tf: TfCallbacks<C> },
): C;
export function tensorBoard(logdir?: string, options?: TensorBoardCallbackOptions): TfCallback;
export function tensorBoard<C extends object>(
  logdir = "./logs",
  options: TensorBoardCallbackOptions<C> = {},
): TfCallback | C {
  const { updateFreq = "epoch", histogramFreq = 0 } = options;
  if (typeof logdir !== "string" || logdir === "") throw badOption("tensorBoard has no logdir", "name a folder");
  if (!["epoch", "batch"].includes(updateFreq)) {
    throw badOption(`updateFreq is ${String(updateFreq)}`, "it is `epoch` or `batch`");
  }
  if (!Number.isSafeInteger(histogramFreq) || histogramFreq < 0) {
    throw badOption(`histogramFreq is ${String(histogramFreq)}`, "give a whole number from 0 on");
  }
  if (histogramFreq > 0 && options.tf === undefined && options.model === undefined) {
    throw badOption("histogramFreq needs to know the model", "give `tf` or `model` in the same options");
  }
  const used = new Set<SummaryFileWriter>();
  let batches = 0;
  let failures = 0;

  function writerOf(part: "train" | "val"): SummaryFileWriter {
    const writer = summaryFileWriter(join(logdir, part));
    used.add(writer);
    return writer;
  }

  function write(logs: TfLogs, prefix: string, step: number): void {
    for (const [name, value] of valuesOf(logs)) {
      const validated = validationName(name);
      const writer = writerOf(validated === undefined ? "train" : "val");
      writer.scalar(prefix + (validated ?? name), value as number | TfTensor, step);
    }
  }

  function epochEnded(epoch: number, logs: TfLogs, model: TfTrained | undefined): void {
    write(logs, "epoch_", epoch + 1);
    if (histogramFreq === 0 || epoch % histogramFreq !== 0) return;
    for (const weight of model?.weights ?? []) writerOf("train").histogram(weight.name, weight.read(), epoch);
  }

  return makeCallback(
    {
      epochEnded,
      batchEnded: updateFreq === "batch" ? (logs) => write(logs, "batch_", ++batches) : undefined,
      trainEnds() {
        for (const writer of used) writer.flush();
      },
      failed(cause) {
        if (failures++ === 0) process.emitWarning(`tensorBoard: ${messageOf(cause)} · training goes on without it`);
      },
    },
    options,
  );
}
