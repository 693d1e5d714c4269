import { type Json, type JsonObject, type RunView, summarise } from "@runferry/core";
import { toJson } from "./to-json.ts";

/** What a run says, short enough for one file: params, tags, files, and of each metric count, first, last, min, max. */
export function runSummary({ id, started, status, ended, params, tags, metrics, artifacts }: RunView): JsonObject {
  return {
    id,
    name: started?.name ?? id,
    experiment: started?.experiment ?? null,
    description: started?.description ?? null,
    status,
    startedAt: timeOf(started?.createdAt),
    endedAt: timeOf(ended?.at),
    params: Object.fromEntries(params),
    tags: Object.fromEntries(tags),
    metrics: Object.fromEntries([...metrics].flatMap(([name, { series }]) => metricOf(name, summarise(series)))),
    artifacts: [...artifacts.values()].map(({ file }) => ({ name: file.path, bytes: file.bytes, sha256: file.sha256 })),
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

function metricOf(name: string, summary: ReturnType<typeof summarise>): readonly (readonly [string, Json])[] {
  const { count, first, last, min, max } = summary;
  if (first === undefined || last === undefined) return []; // only defined
  return [[name, toJson({ count, first: first.value, last: last.value, min, max })]];
}
