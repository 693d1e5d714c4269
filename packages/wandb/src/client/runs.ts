import { isJsonObject, isRunferryError, type JsonObject } from "@runferry/core";
import { allPages } from "@runferry/http";
import type { Graphql } from "./graphql.ts";
import { type Connected, itemsOf, nextOf, there } from "./pages.ts";
import { type Bucket, type RawLogLine, type RawRunFile, resumedFrom, upsertedFrom } from "./run-answers.ts";
import * as queries from "./run-queries.ts";
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

interface InRun<T> {
  readonly project: { readonly run: T | null } | null;
}

export function createRuns(graphql: Graphql): Runs {
  const idOf = ({ entity, project, run }: RunPath) => `${entity}/${project}/${run}`;

  /** One question about one run. */
  async function ofRun<T extends object>(query: string, path: RunPath, more: object, asking?: Asking): Promise<T> {
    const { entity, project, run } = path;
    const data = await graphql<InRun<T>>(query, { entity, project, run, ...more }, asking);
    return there(data.project?.run, `the run ${idOf(path)}`);
  }

  /** Every page of a list below a run. */
  const pagesOf = <T>(query: string, path: RunPath, field: string, more: object, asking: Asking): AsyncIterable<T> =>
    allPages(
      async (after) =>
        (await ofRun<{ readonly [field: string]: Connected<T> | null }>(query, path, { ...more, after }, asking))[
          field
        ],
      itemsOf,
      nextOf,
    );

  return {
    async upsert(run, asking) {
      const { run: name, storageId: id, group: groupName, summary: summaryMetrics, ...same } = run;
      const variables = { name, id, groupName, summaryMetrics, ...same };
      const { upsertBucket } = await graphql<{
        readonly upsertBucket: { readonly bucket: Bucket | null; readonly inserted?: boolean | null } | null;
      }>(queries.upsertMutation, variables, asking);
      return upsertedFrom(there(upsertBucket?.bucket, `the run ${name}`), upsertBucket?.inserted ?? undefined, run);
    },
    async resumeStatus({ entity, project, run }, asking) {
      try {
        const { model } = await graphql<{ readonly model: { readonly bucket: Bucket | null } | null }>(
          queries.resumeQuery,
          { entity, project, name: run },
          asking,
        );
        return model?.bucket ? resumedFrom(model.bucket) : undefined;
      } catch (cause) {
        if (isRunferryError(cause, "not_found")) return undefined; // not even the project
        throw cause;
      }
    },
    get: (path, asking) => ofRun<RunRecord>(queries.runQuery, path, {}, asking),
    search: ({ entity, project }, { filters, order = "+created_at", pageSize: perPage = 50, ...asking } = {}) =>
      allPages(
        async (cursor) => {
          const variables = { entity, project, filters, order, perPage, cursor };
          const data = await graphql<{ readonly project: { readonly runs: Connected<RunRecord> } | null }>(
            queries.runsQuery,
            variables,
            asking,
          );
          return there(data.project, `the project ${entity}/${project}`).runs;
        },
        itemsOf,
        nextOf,
      ),
    async count({ entity, project }, { filters, ...asking } = {}) {
      const data = await graphql<{ readonly project: { readonly runCount: number } | null }>(
        queries.countQuery,
        { entity, project, filters },
        asking,
      );
      return there(data.project, `the project ${entity}/${project}`).runCount;
    },
    async lastStep(path, asking) {
      const { historyKeys } = await ofRun<Pick<RunRecord, "historyKeys">>(queries.historyKeysQuery, path, {}, asking);
      const last = historyKeys?.lastStep;
      return last === undefined || last < 0 ? undefined : last;
    },
    async historyPage(path, { minStep, maxStep, samples = Math.min(maxStep - minStep, mostSamples) }, asking) {
      const range = { minStep, maxStep, pageSize: samples };
      const { history } = await ofRun<{ readonly history: readonly string[] | null }>(
        queries.historyQuery,
        path,
        range,
        asking,
      );
      return history ?? [];
    },
    async sampledHistory(path, { samples = 1000, ...range }, asking) {
      const spec = JSON.stringify({ ...range, samples });
      const { sampledHistory } = await ofRun<{ readonly sampledHistory: readonly unknown[] | null }>(
        queries.sampledQuery,
        path,
        { spec },
        asking,
      );
      const rows = sampledHistory?.[0];
      return Array.isArray(rows) ? rows.filter(isJsonObject) : [];
    },
    async events(path, { samples = mostSamples, ...asking } = {}) {
      const { events } = await ofRun<{ readonly events: readonly string[] | null }>(
        queries.eventsQuery,
        path,
        { samples },
        asking,
      );
      return events ?? [];
    },
    async *logLines(path, { pageSize: first = 1000, ...asking } = {}) {
      for await (const line of pagesOf<RawLogLine>(queries.logLinesQuery, path, "logLines", { first }, asking)) {
        const { timestamp, level, label } = line;
        yield { ...line, timestamp: timestamp ?? undefined, level: level ?? undefined, label: label ?? undefined };
      }
    },
    async *files(path, { names: fileNames = [], pageSize: first = 500, ...asking } = {}) {
      for await (const file of pagesOf<RawRunFile>(queries.filesQuery, path, "files", { first, fileNames }, asking)) {
        const { id, name, directUrl, sizeBytes, md5, mimetype, updatedAt } = file;
        const known = { md5: md5 || undefined, mimetype: mimetype ?? undefined, updatedAt: updatedAt ?? undefined };
        yield { id, name, directUrl, bytes: Number(sizeBytes), ...known };
      }
    },
    async createFiles({ entity, project, run }, names, asking) {
      const { createRunFiles } = await graphql<{
        readonly createRunFiles: {
          readonly uploadHeaders: readonly string[] | null;
          readonly files: readonly { readonly name: string; readonly uploadUrl: string | null }[];
        } | null;
      }>(queries.createFilesMutation, { entity, project, run, files: names }, asking);
      const { files, uploadHeaders } = there(createRunFiles, `the run ${entity}/${project}/${run}`);
      const urls = new Map(files.map(({ name, uploadUrl }) => [name, uploadUrl]));
      return names.map((name) => ({
        name,
        url: there(urls.get(name), `a place for ${name}`),
        headers: uploadHeaders ?? [],
      }));
    },
    async markFilesUploaded({ entity, project, run }, files, asking) {
      await graphql(queries.markUploadedMutation, { entity, project, run, files }, asking);
    },
    async alert({ entity, project, run }, { title, text, level: severity, waitMs: waitDuration }, asking) {
      await graphql(queries.alertMutation, { entity, project, run, title, text, severity, waitDuration }, asking);
    },
    async delete(id, { artifacts = false, ...asking } = {}) {
      await graphql(queries.deleteMutation, artifacts ? { id, deleteArtifacts: true } : { id }, asking);
    },
  };
}

/** GraphQL's Int has 32 bits. */
const mostSamples = 2 ** 31 - 1;
