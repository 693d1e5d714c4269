import { isJsonObject, type JsonObject, parseJson, RunferryError, stringifyJson } from "@runferry/core";
import type { ResumeStatus, RunPath, RunUpsert, WandbClient } from "../client/index.ts";
import {
  type JsonTexts,
  type Laid,
  observedKey,
  parseExtendedConfig,
  wandbConfig,
  wrappedConfig,
} from "../mapping/index.ts";
import { ownKey, runKey } from "../mapping/names.ts";
import { type Life, lifeIn } from "./life.ts";
import type { Memo } from "./memo.ts";

export interface Finding {
  readonly client: WandbClient;
  readonly run: string;
  /** The id of the run, or of the one that is its stream, is this instead of its own there. */
  readonly id: string;
  readonly laid: Laid;
  readonly memo: Memo | undefined;
  /** What is known of `main`; another stream has no other end than its writer's. */
  readonly lives: Map<string, Life> | undefined;
  readonly entity: () => Promise<string>;
  readonly signal: AbortSignal;
}

export interface RemoteStream {
  readonly path: RunPath;
  readonly storageId: string;
}

/** The run that a stream is there, made or brought up to date where this batch says something new of it. */
export async function placeRun(finding: Finding): Promise<RemoteStream> {
  const { client, run, id, laid, memo, lives, signal } = finding;
  const { run: fields, definitions } = laid;
  const path = memo?.path ?? { entity: await finding.entity(), project: fields!.project, run: id };
  const there = memo ? undefined : await lookFor(client, path, run, signal);
  if (lives && !memo) lives.set(path.run, { ...lifeIn(there?.config), mainSeq: lives.get(path.run)?.mainSeq ?? 0 });
  const life = lives && memo ? await lifeAt(client, path, lives, signal) : lives?.get(path.run);
  if (memo && !fields && !laid.config) return memo;
  const config = laid.config && withEnd(laid.config, life?.observed);
  const storageId = memo?.storageId ?? there?.storageId;
  const upserted = await client.runs.upsert(
    {
      ...path,
      ...(storageId === undefined ? {} : { storageId }),
      ...(fields ? upsertOf(fields) : {}),
      ...(config ? { config: wrappedConfig(new Map([...config, ["_wandb", wandbConfig(definitions!)]])) } : {}),
    },
    { signal },
  );
  const { entity, project, run: name } = upserted;
  return { path: { entity, project, run: name }, storageId: upserted.storageId };
}

/** What is known of a run that was written to before; asked for once. */
export async function lifeAt(
  client: WandbClient,
  path: RunPath,
  lives: Map<string, Life>,
  signal: AbortSignal,
): Promise<Life> {
  const life = lives.get(path.run) ?? lifeIn((await client.runs.resumeStatus(path, { signal }))?.config);
  lives.set(path.run, life);
  return life;
}

function withEnd(config: JsonTexts, observed: JsonObject | undefined): JsonTexts {
  if (!observed) return config;
  const told = parseJson(config.get(runKey)!) as JsonObject;
  return new Map([...config, [runKey, stringifyJson({ ...told, [observedKey]: observed })]]);
}

/** What is there under our id has to be ours: an earlier delivery whose answer, or whose memo, was lost. */
export async function lookFor(
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
      hint: "export this one with --as <new id>, or to another project",
      data: "nothing was written",
    },
  );
}

type UpsertFields = Omit<NonNullable<Laid["run"]>, "id" | "project" | "startedAt">;

export function upsertOf(fields: UpsertFields): Pick<RunUpsert, "displayName" | "tags"> {
  const { displayName, notes, group, jobType, tags, host, program, commit } = fields;
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
