import { isJsonObject } from "@runferry/core";
import type { ResumeStatus, RunUpsert, UpsertedRun } from "./types.ts";

/** A run where it is written to, as the server gives it. */
export interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly displayName?: string | null;
  readonly historyLineCount?: number | null;
  readonly eventsLineCount?: number | null;
  readonly logLineCount?: number | null;
  readonly historyTail?: string | null;
  readonly eventsTail?: string | null;
  readonly config?: string | null;
  readonly summaryMetrics?: string | null;
  readonly wandbConfig?: string | null;
  readonly tags?: readonly string[] | null;
  readonly notes?: string | null;
  readonly project?: { readonly name: string; readonly entity?: { readonly name: string } | null } | null;
}

export interface RawLogLine {
  readonly number: number;
  readonly line: string;
  readonly timestamp: string | null;
  readonly level: string | null;
  readonly label: string | null;
}

export interface RawRunFile {
  readonly id: string;
  readonly name: string;
  readonly directUrl: string;
  readonly sizeBytes: number | string;
  readonly md5: string | null;
  readonly mimetype: string | null;
  readonly updatedAt: string | null;
}

/** What the server calls the run is what counts from now on; `asked` where it does not say. */
export function upsertedFrom(bucket: Bucket, inserted: boolean | undefined, asked: RunUpsert): UpsertedRun {
  return {
    storageId: bucket.id,
    run: bucket.name,
    entity: bucket.project?.entity?.name ?? asked.entity ?? "",
    project: bucket.project?.name ?? asked.project ?? "uncategorized",
    displayName: bucket.displayName ?? undefined,
    historyLines: bucket.historyLineCount ?? 0,
    inserted,
  };
}

export function resumedFrom(bucket: Bucket): ResumeStatus {
  return {
    storageId: bucket.id,
    run: bucket.name,
    displayName: bucket.displayName ?? undefined,
    historyLines: bucket.historyLineCount ?? 0,
    eventsLines: bucket.eventsLineCount ?? 0,
    logLines: bucket.logLineCount ?? 0,
    config: bucket.config ?? undefined,
    summary: bucket.summaryMetrics ?? undefined,
    historyTail: textsOf(bucket.historyTail),
    eventsTail: textsOf(bucket.eventsTail),
    tags: bucket.tags ?? [],
    notes: bucket.notes ?? undefined,
    begun: isBegun(bucket.wandbConfig),
  };
}

/** JSON texts in a list that is JSON text itself. */
function textsOf(tail: string | null | undefined): readonly string[] {
  const list: unknown = parsed(tail);
  return Array.isArray(list) ? list.filter((text): text is string => typeof text === "string") : [];
}

/** W&B's own client takes a run for begun once its config has a `t`. */
function isBegun(wandbConfig: string | null | undefined): boolean {
  const config = parsed(wandbConfig);
  return isJsonObject(config) && "t" in config;
}

function parsed(text: string | null | undefined): Parameters<typeof isJsonObject>[0] | undefined {
  try {
    return text ? JSON.parse(text) : undefined;
  } catch {
    return undefined; // the server's own words are not needed to go on
  }
}
