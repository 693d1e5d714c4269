import {
  type Backend,
  createEventKeeper,
  fileOf,
  isJsonList,
  isJsonObject,
  isRunferryError,
  type Json,
  keepView,
  type Outcome,
  type Recorded,
  RunferryError,
  type WriteContext,
} from "@runferry/core";
import { type CrashPoints, noCrash } from "../crash-points.ts";
import { ask, type Reply, type Request } from "./toy-client-request.ts";
import { toyServerRules } from "./toy-client-rules.ts";
import { factsOf, linesOf } from "./toy-client-wire.ts";

/** What only the server knows: its id of the run, and how many console lines of this stream it has. */
type Memo = { readonly id: string; readonly lines: number };

/** More points than this are sent in several writes. */
const pointsPerRequest = 5000;

/** Runs on a toy server. Everything is there; the memo only saves looking for the run again. */
export function toyClient(address: string, crash: CrashPoints = noCrash): Backend {
  /** Streams of one run that begin at the same time must not each create it. */
  const finding = new Map<string, Promise<Reply>>();
  let closed = false;

  const send = (request: Request) => ask(address, request, crash);

  async function write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    if (closed) throw closedError(address);
    context.signal.throwIfAborted();
    const memo = context.cursor.memo as Memo | null;
    const run: Reply = memo ? { ok: true, body: { id: memo.id } } : await findOrCreate(context);
    if (!run.ok) return outcomeOf(run, batch);
    const { id } = run.body as { readonly id: string };
    if (context.lane === "files") return writeFile(id, batch[0]!, context);
    return writeFacts({ id, lines: memo?.lines ?? 0 }, prefixOf(batch), context);
  }

  function findOrCreate({ run, signal }: WriteContext): Promise<Reply> {
    const underWay = finding.get(run);
    if (underWay) return underWay;
    const found = look(run, signal).finally(() => finding.delete(run));
    finding.set(run, found);
    return found;
  }

  async function look(run: string, signal: AbortSignal): Promise<Reply> {
    const path = `/runs?run=${encodeURIComponent(run)}`;
    const found = await send({ label: "find the run", method: "GET", path, signal });
    if (!found.ok) return found;
    const first = isJsonList(found.body) ? found.body[0] : undefined;
    if (isJsonObject(first ?? null)) return { ok: true, body: first! };
    return send({ label: "create the run", method: "POST", path: "/runs", json: { run }, signal });
  }

  async function writeFacts(memo: Memo, batch: readonly Recorded[], context: WriteContext): Promise<Outcome> {
    const { stream, signal, cursor } = context;
    const through = batch.at(-1)!.seq;
    const keeper = createEventKeeper(toyServerRules, context.before);
    const kept = batch.flatMap((event) => keeper.keep(event));
    const lines = linesOf(kept);
    if (lines.length > 0) {
      const path = `/runs/${memo.id}/lines?stream=${encodeURIComponent(stream)}&offset=${memo.lines}`;
      const reply = await send({ label: "write console lines", method: "PUT", path, json: lines, signal });
      if (!reply.ok) return outcomeOf(reply, batch, memo);
    }
    const json = factsOf(stream, through, kept) as unknown as Json;
    const reply = await send({ label: "tell facts", method: "POST", path: `/runs/${memo.id}/facts`, json, signal });
    if (!reply.ok) return outcomeOf(reply, batch, memo);
    return {
      status: "accepted",
      cursor: { ...cursor, through, memo: { id: memo.id, lines: memo.lines + lines.length } },
      differences: keeper.differences,
      remote: { id: memo.id, url: `${address}/runs/${memo.id}` },
    };
  }

  async function writeFile(id: string, event: Recorded, context: WriteContext): Promise<Outcome> {
    const file = fileOf(event)!;
    const reading: { failure?: { readonly cause: unknown } } = {};
    async function* bytes(): AsyncIterable<Uint8Array> {
      let sent = 0;
      try {
        for await (const part of context.open(file)) {
          yield part;
          sent += part.length;
          context.report(sent);
        }
      } catch (cause) {
        reading.failure = { cause };
        throw cause;
      }
    }
    const path = `/runs/${id}/files/${file.sha256}?bytes=${file.bytes}`;
    const { signal } = context;
    const reply = await send({ label: "send a file", method: "PUT", path, bytes: bytes(), signal });
    if (reading.failure) return unreadable(event, reading.failure.cause);
    if (!reply.ok) return outcomeOf(reply, [event]);
    return { status: "accepted", cursor: { ...context.cursor, bulk: event.seq } };
  }

  return {
    kind: "toy-server",
    address,
    mapping: 1,
    filesLane: true,
    keeps: (view) => keepView(view, toyServerRules),
    write,
    async close() {
      closed = true;
    },
  };
}

/** As many events as one request should tell of; the rest is the next batch. */
function prefixOf(batch: readonly Recorded[]): readonly Recorded[] {
  let points = 0;
  const over = batch.findIndex((event) => {
    if (event.kind === "metrics.logged") points += Object.keys(event.values).length;
    return points > pointsPerRequest;
  });
  return over < 0 ? batch : batch.slice(0, Math.max(over, 1));
}

function outcomeOf(reply: Reply & { readonly ok: false }, batch: readonly Recorded[], memo?: Memo): Outcome {
  const { cause, afterMs, seq } = reply;
  if (cause.code === "gone" || cause.code === "refused") {
    return { status: "refused", seq: seq ?? batch[0]!.seq, cause };
  }
  return {
    status: "retry",
    cause,
    ...(afterMs === undefined ? {} : { afterMs }),
    ...(memo === undefined ? {} : { memo }),
  };
}

/** A file that is not there any more never comes back; other trouble with reading it may pass. */
function unreadable({ seq }: Recorded, cause: unknown): Outcome {
  return isRunferryError(cause, "file_missing") ? { status: "refused", seq, cause } : { status: "retry", cause };
}

function closedError(address: string): RunferryError {
  return new RunferryError("closed", `the backend toy-server:${address} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}
