import { mainStream, type Recorded, type RunEnded, stringifyJson, type WriteContext } from "@runferry/core";
import { isVoid } from "../mapping/ends.ts";
import { layBatch, noProgress, observedConfig, wandbConfig, wrappedConfig } from "../mapping/index.ts";
import { ownKey, runKey } from "../mapping/names.ts";
import { runConfig, runFields } from "../mapping/start.ts";
import { lifeIn, withObserved } from "./life.ts";
import { memoOf } from "./memo.ts";
import { lookFor, upsertOf } from "./remote-run.ts";
import type { FactsWriting, Written } from "./write-facts.ts";

/** An end that another process saw is the end of the run itself, unless that has ended on its own or has gone on since. */
export async function observeEnd(
  batch: readonly Recorded[],
  context: WriteContext,
  writing: FactsWriting,
): Promise<Written> {
  const { client, project, lives, send } = writing;
  const { run, as: id = run, stream, before, cursor, signal } = context;
  const memo = memoOf(cursor.memo);
  const laid = layBatch(batch, { run, stream, before, progress: memo?.progress ?? noProgress, project });
  const fields = runFields({ run, stream: mainStream, isMain: true, project }, before.started, new Map(), batch[0]!.at);
  const path = memo?.path ?? { entity: await writing.entity(), project: fields.project, run: id };
  const there = await lookFor(client, path, run, signal);
  let storageId = memo?.storageId ?? there?.storageId;
  const known = lives.get(path.run);
  const life = { ...lifeIn(there?.config), ...(known ? { mainSeq: known.mainSeq, mainEnded: known.mainEnded } : {}) };
  lives.set(path.run, life);
  const ended = batch.findLast((event): event is Recorded<RunEnded> => event.kind === "run.ended");
  const observed = ended && observedConfig(ended);
  let notBeforeMs: number | undefined;
  if (observed && !life.mainEnded && !isVoid(observed, life.mainSeq)) {
    const upserted = await client.runs.upsert(
      {
        ...path,
        ...(storageId === undefined ? {} : { storageId }),
        ...(there?.begun ? {} : upsertOf(fields)),
        config: withObserved(there?.begun && there.config !== undefined ? there.config : begunConfig(), observed),
      },
      { signal },
    );
    storageId = upserted.storageId;
    life.observed = observed;
    notBeforeMs = await send(path, {}, signal); // which says the end
  }
  return {
    through: laid.lastSeq,
    memo: { path, storageId: storageId ?? "", progress: laid.progress },
    differences: laid.differences,
    notBeforeMs,
  };

  /** Of a run of which nothing else is there yet. */
  function begunConfig(): string {
    return wrappedConfig(
      new Map([
        [runKey, stringifyJson(runConfig(before.started, new Map(), [], undefined))],
        [ownKey, stringifyJson({ id: run, stream: mainStream })],
        ["_wandb", wandbConfig([])],
      ]),
    );
  }
}
