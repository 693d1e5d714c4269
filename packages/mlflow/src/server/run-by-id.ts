import { isRunId, RunferryError } from "@runferry/core";
import type { MlflowClient, Run } from "../client/index.ts";
import { runIdTag } from "../start-tags.ts";
import { experimentsNamed } from "./search-runs.ts";

/** A run by the server's id, or by the one it has here. */
export async function runById(client: MlflowClient, id: string, signal: AbortSignal | undefined): Promise<Run> {
  if (!isRunId(id)) return client.tracking.getRun(id, { signal });
  const experimentIds = [...(await experimentsNamed(client, undefined, signal)).keys()];
  const search = { experimentIds, filter: `tags.\`${runIdTag}\` = '${id}'`, pageSize: 1, signal };
  // What a search finds has no outputs.
  for await (const { info } of client.tracking.searchRuns(search))
    return client.tracking.getRun(info.run_id, { signal });
  throw new RunferryError("not_found", `run ${id} is not at ${client.uri}`, {
    hint: `deliver it first: runferry export ${id} --to mlflow`,
    data: "nothing was changed",
  });
}
