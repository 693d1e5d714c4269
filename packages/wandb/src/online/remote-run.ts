import { isJsonObject, RunferryError } from "@runferry/core";
import type { ResumeStatus, RunPath, WandbClient } from "../client/index.ts";
import { type Laid, parseExtendedConfig, wandbConfig, wrappedConfig } from "../mapping/index.ts";
import { ownKey } from "../mapping/names.ts";
import type { Memo } from "./memo.ts";

export interface Finding {
  readonly client: WandbClient;
  readonly run: string;
  readonly laid: Laid;
  readonly memo: Memo | undefined;
  readonly entity: () => Promise<string>;
  readonly signal: AbortSignal;
}

export interface RemoteStream {
  readonly path: RunPath;
  readonly storageId: string;
}

/** The run that a stream is there, made or brought up to date where this batch says something new of it. */
export async function placeRun(finding: Finding): Promise<RemoteStream> {
  const { client, run, laid, memo, signal } = finding;
  const { run: fields, config, definitions } = laid;
  if (memo && !fields && !config) return memo;
  const { id, ...named } = fields ?? {};
  const path = memo?.path ?? { entity: await finding.entity(), project: fields!.project, run: id! };
  const there = memo ? undefined : await lookFor(client, path, run, signal);
  const storageId = memo?.storageId ?? there?.storageId;
  const upserted = await client.runs.upsert(
    {
      ...path,
      ...(storageId === undefined ? {} : { storageId }),
      ...(fields ? upsertOf(named as typeof fields) : {}),
      ...(config ? { config: wrappedConfig(new Map([...config, ["_wandb", wandbConfig(definitions!)]])) } : {}),
    },
    { signal },
  );
  const { entity, project, run: name } = upserted;
  return { path: { entity, project, run: name }, storageId: upserted.storageId };
}

/** What is there under our id has to be ours: an earlier delivery whose answer, or whose memo, was lost. */
async function lookFor(
  client: WandbClient,
  path: RunPath,
  run: string,
  signal: AbortSignal,
): Promise<ResumeStatus | undefined> {
  const there = await client.runs.resumeStatus(path, { signal });
  if (!there?.begun) return there;
  const config = parseExtendedConfig(there.config ?? "{}");
  const own = isJsonObject(config) && isJsonObject(config[ownKey]) ? config[ownKey].value : undefined;
  if (isJsonObject(own) && own.id === run) return there;
  throw new RunferryError(
    "bad_option",
    `${path.entity}/${path.project} has a run ${path.run} that runferry did not send`,
    {
      hint: "send this one with --as and a new id",
      data: "nothing was written",
    },
  );
}

function upsertOf({ displayName, notes, group, jobType, tags, host, program, commit }: NonNullable<Laid["run"]>) {
  return {
    displayName,
    tags,
    ...(notes === undefined ? {} : { notes }),
    ...(group === undefined ? {} : { group }),
    ...(jobType === undefined ? {} : { jobType }),
    ...(host === undefined ? {} : { host }),
    ...(program === undefined ? {} : { program }),
    ...(commit === undefined ? {} : { commit }),
  };
}

/** What W&B's page of a run shows of its beginning. */
export function metadataFile({ host, program, command, commit, startedAt }: NonNullable<Laid["run"]>): string {
  return JSON.stringify({
    startedAt: new Date(startedAt).toISOString(),
    ...(host === undefined ? {} : { host }),
    ...(program === undefined ? {} : { program, args: command!.slice(1) }),
    ...(commit === undefined ? {} : { git: { commit } }),
  });
}
