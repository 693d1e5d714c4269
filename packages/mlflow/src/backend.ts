import {
  type Backend,
  type Difference,
  isRunferryError,
  type Outcome,
  type Recorded,
  RunferryError,
  type RunStarted,
  type WriteContext,
} from "@runferry/core";
import {
  type ClientOptions,
  experimentOf,
  type MlflowClient,
  MlflowError,
  mlflowClient,
  trackingPlace,
} from "./client/index.ts";
import { keepRules, keeps } from "./keep-rules.ts";
import { findRun, gone, isNotThere, type RemoteRun } from "./remote-run.ts";
import { batchLimits, requests } from "./requests.ts";
import { writeFacts } from "./write-facts.ts";
import { writeFile } from "./write-file.ts";

export interface MlflowOptions extends ClientOptions {
  /** Where all runs go, whatever experiment they name. Default: what `uri` says, as `…/#/experiments/12`. */
  readonly experimentId?: string;
  /** Takes a deleted experiment back into use. Default: false, and the run counts as gone. */
  readonly restore?: boolean;
}

/** Writes runs to an MLflow server. Everything is there; the memo only saves looking for the run again. */
export function mlflow(options: MlflowOptions = {}): Backend {
  const client = mlflowClient(options);
  const experimentId = options.experimentId ?? (options.uri === undefined ? undefined : experimentOf(options.uri));
  /** Found once per process: streams that begin at the same time must not each create the run. */
  const runs = new Map<string, Promise<RemoteRun>>();
  const experiments = new Map<string, string>();
  let closed = false;

  async function write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(client.uri);
    context.signal.throwIfAborted();
    try {
      const run = await remoteRun(batch, context);
      if (context.lane === "files") return await writeFile(client, run, batch[0]!, context);
      return await writeAll(client, run, batch, context);
    } catch (cause) {
      context.signal.throwIfAborted();
      return troubleOf(cause, batch[0]!, context.run);
    }
  }

  function remoteRun(
    batch: readonly Recorded[],
    { run, cursor, lane, before, signal }: WriteContext,
  ): Promise<RemoteRun> {
    const known = runs.get(run);
    if (known) return known;
    const memo = lane === "files" && cursor.bulkMemo !== null ? cursor.bulkMemo : cursor.memo;
    const started =
      before.started ?? batch.find((event): event is Recorded<RunStarted> => event.kind === "run.started");
    const finding = findRun({
      client,
      run,
      memo,
      started: keptStart(started),
      experimentId,
      restore: options.restore ?? false,
      experiments,
      signal,
    });
    runs.set(run, finding);
    finding.catch(() => runs.delete(run));
    return finding;

    function keptStart(start: RunStarted | undefined): RunStarted | undefined {
      if (!start) return undefined;
      const fate = keepRules.started!(start);
      return "kept" in fate ? fate.kept : undefined;
    }
  }

  return {
    kind: "mlflow",
    address: trackingPlace(client.uri, experimentId),
    mapping: 1,
    filesLane: true,
    limits: batchLimits,
    keeps,
    requests,
    write,
    async close() {
      closed = true;
      client.close();
    },
  };
}

/** All of a batch; where the server refuses something of it, up to the event that it refuses. */
async function writeAll(
  client: MlflowClient,
  run: RemoteRun,
  batch: readonly Recorded[],
  context: WriteContext,
): Promise<Outcome> {
  try {
    return accepted(client, run, batch, await writeFacts(client, run, batch, context), context);
  } catch (cause) {
    if (batch.length === 1 || !isRefusal(cause)) throw cause;
    // Which event it was is not said. Half of them are asked for first: what is refused is then found in few steps.
    return writeAll(client, run, batch.slice(0, Math.ceil(batch.length / 2)), context);
  }
}

function isRefusal(cause: unknown): boolean {
  return isRunferryError(cause, "refused") && !isNotThere(cause);
}

function accepted(
  client: MlflowClient,
  run: RemoteRun,
  batch: readonly Recorded[],
  differences: readonly Difference[],
  { cursor }: WriteContext,
): Outcome {
  const memo = { id: run.id };
  const url = `${client.uri}/#/experiments/${run.experimentId}/runs/${run.id}`;
  const through = batch.at(-1)!.seq;
  return { status: "accepted", cursor: { ...cursor, through, memo }, differences, remote: { id: run.id, url } };
}

/** What the forwarder is to make of trouble. Bugs are thrown on. */
function troubleOf(cause: unknown, first: Recorded, run: string): Outcome {
  if (isNotThere(cause)) return { status: "refused", seq: first.seq, cause: gone(run, (cause as Error).message) };
  if (!isRunferryError(cause)) throw cause;
  if (
    cause.code === "gone" ||
    cause.code === "refused" ||
    cause.code === "bad_option" ||
    cause.code === "file_missing"
  ) {
    return { status: "refused", seq: first.seq, cause };
  }
  const afterMs = cause instanceof MlflowError ? cause.answer.afterMs : undefined;
  return { status: "retry", cause, ...(afterMs === undefined ? {} : { afterMs }) };
}

function closedError(uri: string): RunferryError {
  return new RunferryError("closed", `the backend mlflow:${uri} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}
