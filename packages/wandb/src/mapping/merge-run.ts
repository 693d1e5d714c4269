import { type Dated, mainStream, type Recorded, type RunEvent } from "@runferry/core";
import type { ReadRun } from "./read-config.ts";

/** What is read of one stream of a run, each part in its own order. */
export interface RunParts {
  readonly run: ReadRun;
  /** Further facts that are told once: artifacts, datasets, models. */
  readonly facts: readonly Dated<RunEvent>[];
  readonly rows: AsyncIterable<readonly Dated<RunEvent>[]>;
  readonly console: AsyncIterable<readonly Dated<RunEvent>[]>;
  /** What was measured of the machine. */
  readonly system?: AsyncIterable<readonly Dated<RunEvent>[]>;
}

const batchEvents = 4096;

/** The parts as one stream: the start first, then all by time, the end last. Only a batch of it is in memory. */
export async function* mergeRun(parts: RunParts, after: number = 0): AsyncIterable<readonly Recorded[]> {
  const { run } = parts;
  const stream = run.own?.stream ?? mainStream;
  const queues = [once(parts), parts.rows, parts.console, ...(parts.system ? [parts.system] : [])].map(queueOf);
  let seq = 0;
  let lastAt = Number.NEGATIVE_INFINITY;
  let batch: Recorded[] = [];

  function add(event: Dated<RunEvent>): void {
    // Clocks of others may have been set back.
    lastAt = Math.max(lastAt, event.at);
    if (++seq > after) batch.push({ ...event, at: lastAt, seq } as Recorded);
  }

  for (const queue of queues) await queue.fill();
  if (stream === mainStream) {
    const times = queues.flatMap(({ head }) => (head ? [head.at] : []));
    add({ ...run.started, at: Math.min(run.started.createdAt, ...times) });
  }
  for (;;) {
    let next = queues[0]!;
    for (const queue of queues) if (queue.head && (!next.head || queue.head.at < next.head.at)) next = queue;
    if (!next.head) break;
    add(next.head);
    await next.shift();
    if (batch.length < batchEvents) continue;
    yield batch;
    batch = [];
  }
  if (run.ended && stream === mainStream) add(run.ended);
  if (batch.length > 0) yield batch;
}

async function* once({ run, facts }: RunParts): AsyncIterable<readonly Dated<RunEvent>[]> {
  yield [...run.facts, ...facts].sort((a, b) => a.at - b.at);
}

interface Queue {
  readonly head: Dated<RunEvent> | undefined;
  fill(): Promise<void>;
  shift(): Promise<void>;
}

function queueOf(source: AsyncIterable<readonly Dated<RunEvent>[]>): Queue {
  const reading = source[Symbol.asyncIterator]();
  let events: readonly Dated<RunEvent>[] = [];
  let taken = 0;
  let isDone = false;

  async function fill(): Promise<void> {
    while (taken === events.length && !isDone) {
      const { value, done } = await reading.next();
      isDone = done === true;
      events = isDone ? [] : (value as readonly Dated<RunEvent>[]);
      taken = 0;
    }
  }

  return {
    get head() {
      return events[taken];
    },
    fill,
    async shift() {
      taken++;
      if (taken === events.length) await fill();
    },
  };
}
