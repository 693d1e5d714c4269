import { RunferryError } from "@runferry/core";
import { type EventLog, histogramValue, openEventLog } from "@runferry/tensorboard";
import { histogram, type TensorLike } from "@runferry/tracker";
import { badOption } from "./check-options.ts";
import type { TfTensor } from "./tf-shapes.ts";

/** What `tf.node.summaryFileWriter` returns, and `close`. */
export interface SummaryFileWriter {
  scalar(name: string, value: number | TfTensor, step: number, description?: string): void;
  /** Counts the values in `buckets` (30) of equal width. */
  histogram(
    name: string,
    data: TensorLike | ArrayLike<number>,
    step: number,
    buckets?: number,
    description?: string,
  ): void;
  flush(): void;
  /** Closes the file; `summaryFileWriter` of the same folder then begins a further one. */
  close(): void;
}

const writers = new Map<string, SummaryFileWriter>();

/**
 * Writes an event file, as `tf.node.summaryFileWriter` does, without its native library. The same folder gives the same
 * writer. Every call is in the file when it returns, so that `maxQueue` and `flushMillis` have nothing to do.
 */
export function summaryFileWriter(
  logdir: string,
  _maxQueue?: number,
  _flushMillis?: number,
  filenameSuffix = ".v2",
): SummaryFileWriter {
  if (typeof logdir !== "string" || logdir === "") throw badOption("summaryFileWriter has no logdir", "name a folder");
  const known = writers.get(logdir);
  if (known) return known;
  const log = openEventLog(logdir, { suffix: filenameSuffix });
  const writer = writerOf(log, () => writers.delete(logdir));
  writers.set(logdir, writer);
  return writer;
}

function writerOf(log: EventLog, onClose: () => void): SummaryFileWriter {
  return {
    scalar(name, value, step, description) {
      if (description !== undefined && description !== null) {
        throw badValue(`the scalar ${name} has a description`, "leave it out, as tfjs-node knows none for scalars");
      }
      log.scalar(name, numberOf(name, value), placed(name, step));
    },
    histogram(name, data, step, buckets = 30, description) {
      if (!Number.isSafeInteger(buckets) || buckets < 1) {
        throw badValue(`the histogram ${name} has ${buckets} buckets`, "give a whole number from 1 on");
      }
      const { wallTime, step: whole } = placed(name, step);
      const value = histogramValue(name, countsOf(data, buckets), description);
      log.event({ wallTime, step: whole, summary: { value: [value] } });
    },
    flush: () => log.flush(),
    close() {
      onClose();
      log.close();
    },
  };
}

function placed(name: string, step: number): { readonly wallTime: number; readonly step: number } {
  if (Number.isSafeInteger(step)) return { wallTime: Date.now() / 1000, step };
  throw badValue(`the step of ${name} is ${String(step)}`, "give a whole number");
}

function numberOf(name: string, value: number | TfTensor): number {
  if (typeof value === "number") return value;
  const only = value?.shape?.length === 0 ? value.dataSync()[0] : undefined;
  if (typeof only === "number") return only;
  throw badValue(`the scalar ${name} is neither a number nor a tensor of rank 0`, "give a number, or tf.scalar(…)");
}

/** Values that are all the same have one bucket, and no values none. What is not finite is in none. */
function countsOf(
  data: TensorLike | ArrayLike<number>,
  buckets: number,
): { readonly edges: readonly number[]; readonly counts: readonly number[] } {
  const finite = Array.from("dataSync" in data ? data.dataSync() : data).filter(Number.isFinite);
  if (finite.length === 0) return { edges: [0], counts: [] };
  return histogram(finite, { bins: finite.every((value) => value === finite[0]) ? 1 : buckets });
}

function badValue(what: string, hint: string): RunferryError {
  return new RunferryError("bad_event", what, { hint, data: "it was not written; everything before it stands" });
}
