import { type ClientOptions, mlflowClient, type Run, type Tracking, type ViewType } from "./client/index.ts";
import { mapOf, runIdTag } from "./start-tags.ts";

/** Under it a deleted run remembers which one it was. */
const removedTag = "runferry.removed_run_id";

/**
 * Deletes a run that runferry wrote, as MLflow does: it can be restored until `mlflow gc`. It is not known as that run any
 * more, so that a later delivery makes a new one. False where there is no such run.
 */
export function removeRun(options: ClientOptions, run: string): Promise<boolean> {
  return withTracking(options, async (tracking) => {
    const found = [
      ...(await runsTagged(tracking, runIdTag, run, "ACTIVE_ONLY")),
      ...(await runsTagged(tracking, removedTag, run, "ACTIVE_ONLY")),
    ];
    for (const { info, data } of found) {
      // In this order, so that one that was stopped in between is found again.
      await tracking.setTag(info.run_id, removedTag, run);
      if (mapOf(data?.tags).has(runIdTag)) await tracking.deleteTag(info.run_id, runIdTag);
      await tracking.deleteRun(info.run_id);
    }
    return found.length > 0;
  });
}

/** Restores a run that somebody deleted there, if it has not been removed for good. */
export function restoreRun(options: ClientOptions, run: string): Promise<boolean> {
  return withTracking(options, async (tracking) => {
    const [deleted] = await runsTagged(tracking, runIdTag, run, "DELETED_ONLY");
    if (deleted) await tracking.restoreRun(deleted.info.run_id);
    return deleted !== undefined;
  });
}

async function withTracking<T>(options: ClientOptions, work: (tracking: Tracking) => Promise<T>): Promise<T> {
  const client = mlflowClient(options);
  try {
    return await work(client.tracking);
  } finally {
    client.close();
  }
}

async function runsTagged(tracking: Tracking, tag: string, run: string, view: ViewType): Promise<readonly Run[]> {
  const experimentIds: string[] = [];
  for await (const { experiment_id: id } of tracking.searchExperiments()) experimentIds.push(String(id));
  if (experimentIds.length === 0) return [];
  const filter = `tags.\`${tag}\` = '${run.replaceAll("'", "")}'`;
  const found: Run[] = [];
  for await (const one of tracking.searchRuns({ experimentIds, filter, view })) found.push(one);
  return found;
}
