import { type Difference, type Json, stringifyJson } from "@runferry/core";
import type { LoggedRun } from "@runferry/tracker";
import { maskedParams, maskedTags, maskedTexts } from "./masked-run.ts";

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

/** The same with everything that is shown of one run alone. */
export function runDetails(run: LoggedRun): { readonly [key: string]: Json } {
  const artifacts = run.artifacts.map(({ name, bytes, sha256, path }) => ({ name, bytes, sha256, path: path ?? null }));
  const { description, command, error } = maskedTexts(run);
  return {
    ...runJson(run),
    description: description ?? null,
    group: run.group ?? null,
    parent: run.parent ?? null,
    user: run.user ?? null,
    host: run.host ?? null,
    command: command ?? null,
    git: (run.git as Json | undefined) ?? null,
    error: (error as Json | undefined) ?? null,
    artifacts,
    lost: lostOf(run).map(({ kind, count, example }) => ({ reason: kind, count, where: example ?? null })),
  };
}

export function lostOf(run: LoggedRun): readonly Difference[] {
  return run.view().differences.filter(({ grade }) => grade === "lost");
}
