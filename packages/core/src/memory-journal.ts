import { type Clock, systemClock } from "./clock.ts";
import type { Journal, Stream, Writer } from "./contract.ts";
import { RunferryError } from "./errors.ts";
import { endsStream, type FileRef, mainStream, observerStream, type Recorded } from "./events.ts";
import { createStamper } from "./writer.ts";

/** A journal in memory, with its writers: for tests, examples, and runs that are only passed on. */
export interface MemoryJournal extends Journal {
  writer(stream?: string): Writer;
  /** Keeps the bytes of a file, for `artifact.logged` and media to refer to. */
  putFile(path: string, bytes: Uint8Array): Promise<FileRef>;
}

export function memoryJournal(run: string, options: { readonly clock?: Clock } = {}): MemoryJournal {
  const clock = options.clock ?? systemClock;
  const streams = new Map<string, Recorded[]>();
  const open = new Set<string>();
  const files = new Map<string, Uint8Array>();
  let changed = createSignal();

  function writer(name: string = mainStream): Writer {
    if (open.has(name)) throw taken(run, name);
    open.add(name);
    const events = streams.get(name) ?? [];
    streams.set(name, events);
    const stamper = createStamper(clock, events.at(-1) ?? { seq: 0, at: 0 });
    let closed = false;
    return {
      append(event, at) {
        if (closed) throw closedError(run, name);
        const recorded = stamper.stamp(event, at);
        events.push(recorded);
        changed.resolve();
        return recorded;
      },
      async flush() {
        // Memory is as durable as it gets.
      },
      async close() {
        closed = true;
        open.delete(name);
      },
    };
  }

  /** Resolves at the next append, or when the signal is aborted. */
  async function change(signal: AbortSignal | undefined): Promise<void> {
    if (changed.resolved) changed = createSignal();
    const waiting = changed;
    const abort = () => waiting.resolve();
    signal?.addEventListener("abort", abort);
    await waiting.promise;
    signal?.removeEventListener("abort", abort);
  }

  const lastOf = (name: string) => streams.get(name)?.at(-1);

  /** An end that was seen from outside is void once `main` has gone on. */
  function hasEnded(name: string): boolean {
    const own = lastOf(name === observerStream ? mainStream : name);
    if (own !== undefined && endsStream(own)) return true;
    const seen = name === mainStream || name === observerStream ? lastOf(observerStream) : undefined;
    return seen?.kind === "run.ended" && (seen.after ?? 0) >= (own?.seq ?? 0);
  }

  function stream(name: string, events: readonly Recorded[]): Stream {
    return {
      name,
      async *read({ after = 0, follow = false, signal } = {}) {
        let next = events.findIndex((event) => event.seq > after);
        if (next < 0) next = events.length;
        while (!signal?.aborted) {
          const chunk = events.slice(next, next + 4096);
          next += chunk.length;
          if (chunk.length > 0) yield chunk;
          else if (!follow || hasEnded(name)) return;
          else await change(signal);
        }
      },
    };
  }

  return {
    run,
    writer,
    async putFile(path, bytes) {
      const sha256 = hex(await crypto.subtle.digest("SHA-256", new Uint8Array(bytes)));
      files.set(sha256, bytes);
      return { path, sha256, bytes: bytes.length };
    },
    async *streams({ follow = false, signal } = {}) {
      const told = new Set<string>();
      while (!signal?.aborted) {
        const fresh = [...streams].filter(([name]) => !told.has(name));
        for (const [name, events] of fresh) {
          told.add(name);
          yield stream(name, events);
        }
        if (fresh.length > 0) continue;
        if (!follow || hasEnded(mainStream)) return;
        await change(signal);
      }
    },
    async *open(file, { start = 0 } = {}) {
      const bytes = files.get(file.sha256);
      if (!bytes) throw missing(run, file);
      for (let at = start; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}

interface Signal {
  readonly promise: Promise<void>;
  resolve(): void;
  readonly resolved: boolean;
}

function createSignal(): Signal {
  const { promise, resolve } = Promise.withResolvers<void>();
  const signal = {
    promise,
    resolved: false,
    resolve() {
      signal.resolved = true;
      resolve();
    },
  };
  return signal;
}

function hex(buffer: ArrayBuffer): string {
  return [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function taken(run: string, stream: string): RunferryError {
  return new RunferryError("locked", `stream ${stream} of run ${run} has a writer already`, {
    hint: "close that writer first, or write to a stream of another name",
    data: "nothing was written",
  });
}

function closedError(run: string, stream: string): RunferryError {
  return new RunferryError("closed", `the writer of stream ${stream} of run ${run} is closed`, {
    hint: "open a new writer to go on with the run",
    data: "the event was not written; everything before it stands",
  });
}

function missing(run: string, file: FileRef): RunferryError {
  return new RunferryError("file_missing", `run ${run} has no bytes for ${file.path} (sha256 ${file.sha256})`, {
    hint: "restore the file in the run's folder, or deliver without it",
    data: "the journal still names the file; nothing else is affected",
  });
}
