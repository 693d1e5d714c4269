import type { Backend, Deliveries, Delivery, Journal, Source } from "./contract.ts";
import { isRunferryError, RunferryError } from "./errors.ts";
import { type FileRef, fileOf, type Recorded } from "./events.ts";
import { getOrCreate } from "./get-or-create.ts";
import { type Json, parseJson, stringifyJson } from "./json.ts";

/** A place in memory that holds every fact and every file as it is: the reference that the laws are tried on. */
export interface MemoryPlace {
  backend(): Backend;
  readonly source: Source;
}

interface HeldRun {
  readonly streams: Map<string, Map<number, Recorded>>;
  readonly files: Map<string, Uint8Array>;
}

export function memoryPlace(address: string): MemoryPlace {
  const held = new Map<string, HeldRun>();

  function backend(): Backend {
    let closed = false;
    return {
      kind: "memory",
      address,
      mapping: 1,
      filesLane: true,
      keeps: (view) => view,
      async write(batch, context) {
        if (closed) throw closedError(address);
        context.signal.throwIfAborted();
        const run = getOrCreate(held, context.run, (): HeldRun => ({ streams: new Map(), files: new Map() }));
        const last = batch.at(-1)!;
        if (context.lane === "files") {
          const file = fileIn(last);
          try {
            run.files.set(file.sha256, await bytesOf(context.open(file), context.report));
          } catch (cause) {
            if (isRunferryError(cause, "file_missing")) return { status: "refused", seq: last.seq, cause };
            throw cause;
          }
          return { status: "accepted", cursor: { ...context.cursor, bulk: last.seq } };
        }
        const stream = getOrCreate(run.streams, context.stream, () => new Map<number, Recorded>());
        for (const event of batch) stream.set(event.seq, event); // by its name, so twice is once
        return { status: "accepted", cursor: { ...context.cursor, through: last.seq } };
      },
      async close() {
        closed = true;
      },
    };
  }

  const source: Source = {
    async *runs({ ids, signal } = {}) {
      for (const [id, run] of held) {
        signal?.throwIfAborted();
        if (!ids || ids.includes(id)) yield journalOf(id, run);
      }
    },
  };
  return { backend, source };
}

function journalOf(id: string, run: HeldRun): Journal {
  return {
    run: id,
    async *streams() {
      for (const [name, held] of run.streams) {
        yield {
          name,
          async *read({ after = 0 } = {}) {
            yield [...held.values()].filter((event) => event.seq > after).sort((a, b) => a.seq - b.seq);
          },
        };
      }
    },
    async *open(file, { start = 0 } = {}) {
      const bytes = run.files.get(file.sha256);
      if (!bytes) {
        throw new RunferryError("file_missing", `run ${id} has no bytes for ${file.path}`, {
          hint: "deliver the run again",
          data: "its facts are there",
        });
      }
      yield bytes.subarray(start);
    },
  };
}

/** Deliveries in memory, as text: what is loaded is what a file would have given back. */
export function memoryDeliveries(): Deliveries {
  const saved = new Map<string, string>();
  const key = (run: string, destination: string) => `${run}/${destination}`;
  return {
    async load(run, destination) {
      const text = saved.get(key(run, destination));
      return text === undefined ? undefined : (parseJson(text) as unknown as Delivery);
    },
    async save(run, delivery) {
      saved.set(key(run, delivery.destination), stringifyJson(delivery as unknown as Json));
    },
  };
}

/** All bytes of a reading in one piece. */
export async function bytesOf(
  reading: AsyncIterable<Uint8Array>,
  report?: (bytes: number) => void,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of reading) {
    parts.push(part);
    length += part.length;
    report?.(length);
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fileIn(event: Recorded): FileRef {
  const file = fileOf(event);
  if (file) return file;
  throw new RunferryError(
    "contract_broken",
    `event ${event.seq} (${event.kind}) came through the files lane without a file`,
    { hint: "report this as a bug of the forwarder", data: "nothing was written" },
  );
}

function closedError(address: string): RunferryError {
  return new RunferryError("closed", `the backend memory:${address} is closed`, {
    hint: "open a new one; what was delivered stays",
    data: "nothing was written",
  });
}
