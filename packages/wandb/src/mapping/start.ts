import type { Dated, JsonObject, ModelRegistered, RunEnded, RunStarted } from "@runferry/core";
import { endConfig } from "./ends.ts";
import type { RunFields } from "./laid.ts";
import { fits, isTag, projectName, streamRunId } from "./names.ts";

export interface Place {
  readonly run: string;
  readonly stream: string;
  readonly isMain: boolean;
  /** Undefined: the experiment is the project. */
  readonly project: string | undefined;
}

const longestTitle = 128;

/** The run as W&B's own fields have it. */
export function runFields(
  place: Place,
  started: RunStarted | undefined,
  tags: ReadonlyMap<string, string>,
  firstAt: number,
): RunFields {
  const { run, stream, isMain, project } = place;
  const id = isMain ? run : streamRunId(run, stream);
  const title = started && fits(started.name, longestTitle) ? started.name : run;
  const group = groupOf(place, started);
  const program = started?.command?.[0];
  return {
    id,
    project: project ?? (started ? projectName(started.experiment) : "uncategorized"),
    displayName: isMain ? title : `${title} ${stream}`,
    startedAt: started?.createdAt ?? firstAt,
    tags: [...tags].flatMap(([name, value]) => (value === "" && isTag(name) ? [name] : [])),
    ...(started?.description && isMain ? { notes: started.description } : {}),
    ...(group === undefined ? {} : { group }),
    ...(isMain ? {} : { jobType: stream }),
    ...(started?.host ? { host: started.host } : {}),
    ...(program ? { program, command: started!.command! } : {}),
    ...(started?.git ? { commit: started.git.commit } : {}),
  };
}

function groupOf({ project }: Place, started: RunStarted | undefined): string | undefined {
  if (!started) return undefined;
  const { group, experiment, parent } = started;
  const chosen = group ?? (project === undefined ? parent : experiment);
  return chosen !== undefined && fits(chosen, longestTitle) ? chosen : undefined;
}

/** What is told of the run in its config: what W&B has no field for, or would not give back as it is. */
export function runConfig(
  started: RunStarted | undefined,
  tags: ReadonlyMap<string, string>,
  registered: readonly Dated<ModelRegistered>[],
  ended: Dated<RunEnded> | undefined,
): JsonObject {
  const held = [...tags].filter(([name, value]) => value !== "" || !isTag(name));
  return {
    ...(started ? startConfig(started) : {}),
    ...(held.length === 0 ? {} : { tags: Object.fromEntries(held) }),
    ...(registered.length === 0
      ? {}
      : { registered: registered.map(({ kind: _kind, ...model }) => model as JsonObject) }),
    ...(ended ? { ended: endConfig(ended) } : {}),
  };
}

function startConfig({ kind: _kind, format: _format, id: _id, name, description, ...started }: RunStarted): JsonObject {
  return {
    ...(fits(name, longestTitle) ? {} : { name }),
    ...(description === undefined || fits(description, Number.POSITIVE_INFINITY) ? {} : { description }),
    ...(Object.fromEntries(Object.entries(started).filter(([, value]) => value !== undefined)) as JsonObject),
  };
}
