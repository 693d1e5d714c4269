import {
  type Backend,
  createTurns,
  isRunferryError,
  mainStream,
  type Outcome,
  observerStream,
  type Recorded,
  RunferryError,
  type WriteContext,
} from "@runferry/core";
import {
  type ClientOptions,
  maxLineBytes,
  type RunPath,
  type StreamUpdate,
  type WandbClient,
  WandbError,
  wandbClient,
} from "../client/index.ts";
import { addressOf } from "../client/place-address.ts";
import { keeps } from "../keep-rules.ts";
import { type Life, observedCode } from "./life.ts";
import { jsonOf, type Memo, memoOf } from "./memo.ts";
import { observeEnd } from "./observe-end.ts";
import { lifeAt } from "./remote-run.ts";
import { requests } from "./requests.ts";
import { AlertsWaiting, type FactsWriting, writeFacts } from "./write-facts.ts";
import { writeFile } from "./write-file.ts";

export interface WandbOptions extends ClientOptions {
  /** Told when somebody asks on the page of a run that it stop. */
  readonly onStop?: (run: string) => void;
  /** Stands in front of the client, for tests. */
  readonly wrap?: (client: WandbClient) => WandbClient;
  /** Milliseconds since 1970. Default: the clock. */
  readonly now?: () => number;
}

/** Writes runs to a W&B server: one run there for each stream. The memo holds how many lines of each file it has. */
export function wandb(options: WandbOptions = {}): Backend {
  const plain = wandbClient(options);
  const client = options.wrap?.(plain) ?? plain;
  const lives = new Map<string, Life>();
  const inTurn = createTurns();
  const address = addressOf(client);
  let defaultEntity: Promise<string> | undefined;
  let closed = false;

  const writing: FactsWriting = {
    client,
    project: client.project,
    now: options.now ?? Date.now,
    send,
    lives,
    idle: [],
    async entity() {
      if (client.entity !== undefined) return client.entity;
      defaultEntity ??= client.viewer().then(({ entity }) => entity);
      return defaultEntity.catch((cause: unknown) => {
        defaultEntity = undefined;
        throw cause;
      });
    },
  };

  /** The lines of a run go one request at a time, though its facts and its files come at once. */
  async function send(path: RunPath, update: StreamUpdate, signal: AbortSignal): Promise<number | undefined> {
    const { stopped, notBeforeMs } = await inTurn(`lines of ${remoteId(path)}`, async () => {
      signal.throwIfAborted();
      // Whatever is said takes a run up again: an end that holds is said with it.
      const life = lives.get(path.run);
      const exitCode = update.exitCode ?? (life && observedCode(life));
      return client.fileStream(path, exitCode === undefined ? update : { ...update, exitCode }, { signal });
    });
    if (stopped) options.onStop?.(path.run);
    return notBeforeMs;
  }

  async function write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(address);
    context.signal.throwIfAborted();
    try {
      const { run, stream, lane } = context;
      // The end of a run is told by two streams.
      const key = stream === mainStream || stream === observerStream ? run : `${run} ${stream}`;
      if (lane === "facts") return await inTurn(`facts of ${key}`, () => writeAll(batch, context));
      const announce = async (path: RunPath, file: string) => {
        if (stream === mainStream) await lifeAt(client, path, lives, context.signal);
        return send(path, { uploaded: [file] }, context.signal);
      };
      return await writeFile(client, batch[0]!, context, announce);
    } catch (cause) {
      context.signal.throwIfAborted();
      if (cause instanceof AlertsWaiting) {
        const outcome = troubleOf(cause.cause, batch[0]!, context);
        return outcome.status === "retry" ? { ...outcome, memo: jsonOf(cause.memo) } : outcome;
      }
      return troubleOf(cause, batch[0]!, context);
    }
  }

  /** As much of a batch as goes at once; where the server refuses something of it, up to the event that it refuses. */
  async function writeAll(batch: readonly Recorded[], context: WriteContext, most?: number): Promise<Outcome> {
    try {
      const isSeen = context.stream === observerStream;
      const written = await (isSeen
        ? observeEnd(batch.slice(0, most), context, writing)
        : writeFacts(batch, context, writing, most));
      if ("tooLong" in written) {
        return { status: "refused", seq: written.tooLong, cause: tooLongError() };
      }
      const { through, memo, differences, notBeforeMs } = written;
      return {
        status: "accepted",
        cursor: { ...context.cursor, through, memo: jsonOf(memo) },
        differences,
        ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
        ...(context.stream === mainStream ? { remote: remoteOf(memo) } : {}),
      };
    } catch (cause) {
      const count = most ?? countOf(batch) + countOf(context.rest ?? []);
      if (count === 1 || !isRunferryError(cause, "refused")) throw cause;
      // Which event it was is not said. Half of them are asked for first: what is refused is then found in few steps.
      return writeAll(batch, context, Math.ceil(count / 2));
    }
  }

  function remoteOf({ path }: Memo) {
    return { id: remoteId(path), url: client.runUrl(path) };
  }

  return {
    kind: "wandb",
    address,
    mapping: 1,
    filesLane: true,
    takesIds: true,
    // More than fits into a request: it takes as much of it as does.
    limits: { events: 100_000, bytes: 12 * 1024 * 1024 },
    inPieces: true,
    keeps,
    requests,
    write,
    async close() {
      closed = true;
      await client.close();
    },
  };
}

function countOf(events: Iterable<Recorded>): number {
  let count = 0;
  for (const _event of events) count++;
  return count;
}

function remoteId({ entity, project, run }: RunPath): string {
  return `${entity}/${project}/${run}`;
}

/** What the forwarder is to make of trouble. Bugs are thrown on. */
function troubleOf(cause: unknown, first: Recorded, { run, cursor }: WriteContext): Outcome {
  if (!isRunferryError(cause)) throw cause;
  const { code } = cause;
  if (code === "not_found") {
    // What was there when it was last written to is gone; what never was is a wrong address.
    if (memoOf(cursor.memo)) return { status: "refused", seq: first.seq, cause: goneError(run, cause.message) };
    return { status: "retry", cause: wrongPlace(cause) };
  }
  if (code === "gone" || code === "refused" || code === "file_missing") {
    return { status: "refused", seq: first.seq, cause };
  }
  const answer = cause instanceof WandbError ? cause.answer : undefined;
  const afterMs = answer?.afterMs ?? answer?.notBeforeMs;
  return { status: "retry", cause, ...(afterMs === undefined ? {} : { afterMs }) };
}

function goneError(run: string, message: string): RunferryError {
  return new RunferryError("gone", `run ${run} is not there any more: ${message}`, {
    hint: "it was deleted there, and W&B never takes its id again in that project: export it with --as <new id>",
    data: "the journal has everything",
  });
}

function wrongPlace({ message, hint }: RunferryError): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}

function tooLongError(): RunferryError {
  return new RunferryError("refused", `a line of history takes more than ${maxLineBytes} bytes`, {
    hint: "log what is large as an artifact, which is a file",
    data: "the journal has it",
  });
}

function closedError(address: string): RunferryError {
  return new RunferryError("closed", `the backend wandb:${address} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}
