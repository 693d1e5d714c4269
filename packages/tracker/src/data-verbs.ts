import { fold, type JsonObject, messageOf, stringifyJson } from "@runferry/core";
import { type Bytes, type FigureOptions, figure, table } from "./media-values.ts";
import type { LoggedValues, When } from "./metric-log.ts";
import { type NestedNumbers, type NumpyOptions, npyOf, type ShapedNumbers } from "./npy.ts";
import { given } from "./put-media.ts";
import type { Recorder } from "./recorder.ts";
import { type ArtifactOptions, type FileHandle, orLost } from "./run-files.ts";
import { runSummary } from "./run-summary.ts";
import { systemFacts } from "./system-facts.ts";
import { csvOf, type TableData, tableOf } from "./table-data.ts";
import { toJsonObject } from "./to-json.ts";

/** Where measured values belong, and what they were measured of and on. */
export interface MeasuredWhen extends When {
  /** A handle of `logModel` or `logCheckpoint`, or what it is called elsewhere. */
  readonly model?: string | { readonly id?: string; readonly name: string };
  readonly dataset?: string;
}

export interface TableOptions extends When {
  /** What columns are called, where rows are lists; which ones, and in which order, where they are objects. */
  readonly columns?: readonly string[];
}

/** Beyond this the lines of a journal, which hold 16 MiB, are no place for a table. */
const mostInJournal = 2 * 1024 * 1024;

/** The verbs of a run that are made of its others. Like those, none throws or rejects for what it is given. */
export abstract class DataVerbs {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  abstract log(values: LoggedValues, when?: number | bigint | When): void;
  abstract logParams(params: object): void;
  abstract flush(): Promise<void>;
  abstract logArtifact(source: string | Uint8Array, options?: string | ArtifactOptions): Promise<FileHandle>;

  /** Logs what a training measures; `model` and `dataset` tell its points from others of the same metric. */
  logTraining(values: LoggedValues, when?: number | bigint | MeasuredWhen): void {
    this.#safely("a call of logTraining", () => this.log(values, measuredAt(when)));
  }

  /** Logs what an evaluation measures. Without a `dataset` it is told from the training by the dataset `evaluation`. */
  logEvaluation(values: LoggedValues, when?: number | bigint | MeasuredWhen): void {
    this.#safely("a call of logEvaluation", () => this.log(values, measuredAt(when, "evaluation")));
  }

  /** Logs numbers in any shape as a `.npy` file: a typed array, nested lists, or what has `shape` and `data`. */
  logNumpy(array: NestedNumbers | ShapedNumbers, name: string, options?: NumpyOptions): Promise<FileHandle> {
    return this.#file(name, () => this.logArtifact(npyOf(array, options), ending(name, ".npy")));
  }

  /** Logs rows (objects or lists) or columns as a CSV file, and, up to 2 MiB of it, as a table of the run. */
  logTable(data: TableData, name: string, options: number | bigint | TableOptions = {}): Promise<FileHandle> {
    return this.#file(name, () => {
      const { columns, ...when }: TableOptions = typeof options === "object" ? options : { step: options };
      const own = tableOf(data, columns);
      const csv = csvOf(own);
      const done = this.logArtifact(Buffer.from(csv), ending(name, ".csv"));
      if (csv.length <= mostInJournal) this.log({ [name.replace(/\.csv$/i, "")]: table(own.columns, own.rows) }, when);
      else this.#recorder.notices.count("converted", name, () => `${name} is long: it is logged as a file only`);
      return done;
    });
  }

  /** Logs a picture that was drawn (bytes or a path), or the spec to draw it from. */
  logFigure(drawn: Bytes | object, name: string, when?: number | bigint | (When & FigureOptions)): void {
    this.#safely("a figure", () => {
      const { caption, format, ...rest } = typeof when === "object" ? when : { step: when };
      this.log({ [name]: figure(drawn, given({ caption, format })) }, given(rest));
    });
  }

  /** Logs the machine as params: `system.node`, `system.platform`, `system.cpus`, `system.memoryBytes` … */
  logSystemInfo(): void {
    this.#safely("the system", () => {
      const facts = Object.entries(systemFacts());
      this.logParams(Object.fromEntries(facts.map(([name, value]) => [`system.${name}`, value])));
    });
  }

  /** Logs what the run says so far, secrets masked, and `more` as the artifact `summary.json`. */
  saveSummary(more: object = {}): Promise<FileHandle> {
    const name = "summary.json";
    return this.#file(name, async () => {
      const { stored } = this.#recorder;
      if (stored === undefined) return { status: "skipped", name };
      await this.flush(); // with the files that are under way
      const summary: JsonObject = { ...runSummary(await fold(stored.journal, { mask: true })), ...toJsonObject(more) };
      return this.logArtifact(Buffer.from(`${stringifyJson(summary, 2)}\n`), name);
    });
  }

  #file(name: string, work: () => Promise<FileHandle>): Promise<FileHandle> {
    return orLost(this.#recorder, name, work);
  }

  #safely(what: string, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#recorder.lost(what, messageOf(cause));
    }
  }
}

function measuredAt(
  when: number | bigint | MeasuredWhen | undefined,
  usual?: string,
): number | bigint | When | undefined {
  const isWhen = typeof when === "object" && when !== null;
  if (!isWhen && usual === undefined) return when;
  const { model, dataset = usual, context, ...rest }: MeasuredWhen = isWhen ? when : given({ step: when });
  const id = typeof model === "object" ? (model.id ?? model.name) : model;
  const all = { ...given({ model: id, dataset }), ...context };
  return Object.keys(all).length === 0 ? rest : { ...rest, context: all };
}

function ending(name: string, wanted: string): string {
  return name.toLowerCase().endsWith(wanted) ? name : `${name}${wanted}`;
}
