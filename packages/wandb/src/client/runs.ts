import type { JsonObject } from "@runferry/core";
import type {
  Alert,
  Asking,
  HistoryRange,
  LogLine,
  ProjectPath,
  ResumeStatus,
  RunFile,
  RunPath,
  RunRecord,
  RunSearch,
  RunUpsert,
  UploadTarget,
  UpsertedRun,
} from "./types.ts";

/** The runs of a W&B server, as its GraphQL interface has them. */
export interface Runs {
  /** Creates the run or changes it. `gone` where a run of that id was deleted. */
  upsert(run: RunUpsert, asking?: Asking): Promise<UpsertedRun>;
  /** What is there of a run; undefined where there is none. */
  resumeStatus(path: RunPath, asking?: Asking): Promise<ResumeStatus | undefined>;
  /** `not_found` where it, or its project, is not there. */
  get(path: RunPath, asking?: Asking): Promise<RunRecord>;
  /** Every run of a project, in pages. */
  search(path: ProjectPath, search?: RunSearch): AsyncIterable<RunRecord>;
  /** How many runs of a project there are that pass the filters. */
  count(path: ProjectPath, search?: Pick<RunSearch, "filters" | "signal">): Promise<number>;
  /** The highest `_step`; undefined where there is no history. */
  lastStep(path: RunPath, asking?: Asking): Promise<number | undefined>;
  /**
   * The rows with minStep <= _step < maxStep, each as (extended) JSON text. A server that has more rows there than
   * `samples` chooses some of them: fewer than `samples` are all. By default as many as there are steps in the range.
   * An empty page is not the end.
   */
  historyPage(path: RunPath, range: HistoryRange, asking?: Asking): Promise<readonly string[]>;
  /** The same, only the given keys of rows that have all of them, and up to maxStep itself. */
  sampledHistory(
    path: RunPath,
    sample: HistoryRange & { readonly keys: readonly string[] },
    asking?: Asking,
  ): Promise<readonly JsonObject[]>;
  /** System metrics, each as (extended) JSON text; the server may choose `samples` of them. */
  events(path: RunPath, more?: Asking & { readonly samples?: number }): Promise<readonly string[]>;
  /** Console lines, in pages. */
  logLines(path: RunPath, more?: Asking & { readonly pageSize?: number }): AsyncIterable<LogLine>;
  /** The files of a run, in pages; only those of `names`, where given. */
  files(
    path: RunPath,
    more?: Asking & { readonly names?: readonly string[]; readonly pageSize?: number },
  ): AsyncIterable<RunFile>;
  /** Where to put files of a run, in the order asked. */
  createFiles(path: RunPath, names: readonly string[], asking?: Asking): Promise<readonly UploadTarget[]>;
  /** Says that files are there, without bringing a finished run back to life. */
  markFilesUploaded(path: RunPath, names: readonly string[], asking?: Asking): Promise<void>;
  alert(path: RunPath, alert: Alert, asking?: Asking): Promise<void>;
  /** Deletes a run for good: its id can never be used again. */
  delete(storageId: string, more?: Asking & { readonly artifacts?: boolean }): Promise<void>;
}
