import { type Json, stringifyJson } from "@runferry/core";
import type { LoggedRun } from "@runferry/tracker";
import { maskedParams, maskedTags } from "./masked-run.ts";

/** Times are milliseconds since 1970; NaN and the infinities are texts, as in the journal. Secrets are masked. */
export function runJson(run: LoggedRun): { readonly [key: string]: Json } {
  return {
    id: run.id,
    name: run.name,
    experiment: run.experiment,
    status: run.status,
    startedAt: run.startedAt,
    endedAt: run.endedAt ?? null,
    durationMs: Math.round(run.durationMs * 1000) / 1000,
    deleted: run.isDeleted,
    dir: run.dir,
    params: ordinary(maskedParams(run)),
    tags: ordinary(maskedTags(run)),
    metrics: ordinary(
      Object.fromEntries(
        Object.values(run.metrics).map(({ name, count, first, last, min, max }) => [
          name,
          { count, first: numberJson(first), last: numberJson(last), min: numberJson(min), max: numberJson(max) },
        ]),
      ),
    ),
  };
}

export function numberJson(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

/** A list with one item a line. */
export function listJson(items: readonly Json[]): string {
  return items.length === 0 ? "[]" : `[\n${items.map((item) => stringifyJson(item)).join(",\n")}\n]`;
}

function ordinary<T extends Json>(object: { readonly [key: string]: T }): { readonly [key: string]: T } {
  return Object.fromEntries(Object.entries(object));
}
