import { type Dated, mainStream, observerStream, type Recorded, type RunEnded } from "@runferry/core";
import type { MlflowClient, MlflowStatus } from "./client/index.ts";
import { putText } from "./put-text.ts";
import type { RemoteRun } from "./remote-run.ts";
import { longestTag, longText } from "./texts.ts";

const endTags = ["run.exit_code", "run.error.type", "run.error.message", "run.error.trace"] as const;

const statusOf: { readonly [status in RunEnded["status"]]: MlflowStatus } = {
  finished: "FINISHED",
  failed: "FAILED",
  killed: "KILLED",
};

export interface Lifecycle {
  /** Told after the facts of a batch of this stream are there. `kept` are its events as they are kept. */
  settle(kept: readonly Recorded[], stream: string, through: number): Promise<void>;
}

/**
 * Keeps the status of a run there what the streams say in whatever order they come: an end seen from outside is void
 * once `main` has gone on.
 */
export function createLifecycle(client: MlflowClient, run: RemoteRun, signal: AbortSignal): Lifecycle {
  const { seen, id } = run;

  async function end(ended: Dated<RunEnded>): Promise<void> {
    const tags = new Map<string, string>();
    if (ended.exitCode !== undefined) tags.set("run.exit_code", String(ended.exitCode));
    if (ended.error) {
      tags.set("run.error.type", ended.error.type);
      tags.set("run.error.message", ended.error.message);
      if (ended.error.trace !== undefined) tags.set("run.error.trace", ended.error.trace);
    }
    for (const [key, value] of tags) {
      const long = longText(value, longestTag);
      if (!long) continue;
      await putText(client, run.root, long.path, long.text, signal);
      tags.set(key, long.shown);
    }
    const list = [...tags].map(([key, value]) => ({ key, value }));
    if (list.length > 0) await client.tracking.logBatch(id, { tags: list }, { signal });
    if (seen.isEnded)
      for (const key of endTags) if (!tags.has(key)) await client.tracking.deleteTag(id, key, { signal });
    await client.tracking.updateRun(id, { status: statusOf[ended.status], endTime: ended.at }, { signal });
    seen.isEnded = true;
  }

  async function goOn(): Promise<void> {
    for (const key of endTags) await client.tracking.deleteTag(id, key, { signal });
    await client.tracking.updateRun(id, { status: "RUNNING" }, { signal });
    seen.isEnded = false;
  }

  async function settleMain(kept: readonly Recorded[], through: number): Promise<void> {
    const last = kept.findLast(({ kind }) => kind === "run.ended" || kind === "run.resumed");
    seen.mainSeq = Math.max(seen.mainSeq, through);
    if (last?.kind === "run.ended") {
      await end(last);
      seen.mainEnded = true;
    } else if (last?.kind === "run.resumed") {
      seen.mainEnded = false;
      if (seen.isEnded) await goOn();
    } else if (seen.isEnded && !seen.mainEnded && seen.mainSeq > (seen.observedAfter ?? Number.POSITIVE_INFINITY)) {
      await goOn();
    }
  }

  async function settleObserver(kept: readonly Recorded[]): Promise<void> {
    const last = kept.findLast((event): event is Recorded<RunEnded> => event.kind === "run.ended");
    if (!last) return;
    const after = last.after ?? Number.POSITIVE_INFINITY;
    const tags = [{ key: "runferry.observed_after", value: String(after) }];
    await client.tracking.logBatch(id, { tags }, { signal });
    seen.observedAfter = after;
    if (!seen.mainEnded && seen.mainSeq <= after) await end(last);
  }

  return {
    async settle(kept, stream, through) {
      if (stream === mainStream) await settleMain(kept, through);
      else if (stream === observerStream) await settleObserver(kept);
    },
  };
}
