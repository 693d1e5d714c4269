import { getOrCreate } from "@runferry/core";
import { type KeyValue, type Metric, type MlflowClient, MlflowError, type WireNumber } from "./client/index.ts";

export const most = { metrics: 1000, params: 100, tags: 100, all: 1000, bytes: 1_000_000 };

/** How many requests of one write are under way at a time. */
const inFlight = 4;

export interface Facts {
  readonly metrics: readonly Metric[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}

/** Requests within the server's limits. Points that are NaN go alone: older servers fail when one comes again. */
export function* logBatches({ metrics, params, tags }: Facts): IterableIterator<Facts> {
  const numbers = metrics.filter(({ value }) => value !== "NaN");
  const nans = metrics.filter(({ value }) => value === "NaN");
  yield* requests({ metrics: numbers, params, tags });
  yield* requests({ metrics: nans, params: [], tags: [] });
}

function* requests(facts: Facts): IterableIterator<Facts> {
  let request = { metrics: [] as Metric[], params: [] as KeyValue[], tags: [] as KeyValue[] };
  let [count, bytes] = [0, 0];
  for (const [kind, item] of itemsOf(facts)) {
    const size = sizeOf(item);
    if (request[kind].length === most[kind] || count === most.all || (count > 0 && bytes + size > most.bytes)) {
      yield request;
      request = { metrics: [], params: [], tags: [] };
      [count, bytes] = [0, 0];
    }
    (request[kind] as (Metric | KeyValue)[]).push(item);
    count++;
    bytes += size;
  }
  if (count > 0) yield request;
}

function* itemsOf({ metrics, params, tags }: Facts): IterableIterator<readonly [keyof Facts, Metric | KeyValue]> {
  for (const param of params) yield ["params", param];
  for (const tag of tags) yield ["tags", tag];
  for (const metric of metrics) yield ["metrics", metric];
}

/** No less than what it takes in a request. */
function sizeOf(item: Metric | KeyValue): number {
  return "timestamp" in item ? pointBytes(item.key) : Buffer.byteLength(JSON.stringify(item)) + 1;
}

export function pointBytes(key: string): number {
  return 3 * key.length + 120;
}

/**
 * Sends requests, several at a time, and comes back when none is under way any more. The first goes alone: it has the
 * params, which are what a server refuses, and begins metrics, which two requests should not do at once.
 */
export async function logAll(client: MlflowClient, run: string, facts: Facts, signal: AbortSignal): Promise<void> {
  const waiting = logBatches(facts);
  const failures: unknown[] = [];
  const first = waiting.next();
  if (!first.done) await logBatch(client, run, first.value, signal);
  const send = async () => {
    for (const request of waiting) {
      try {
        await logBatch(client, run, request, signal);
      } catch (cause) {
        failures.push(cause);
      }
      if (failures.length > 0) return;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, send));
  if (failures.length > 0) throw failures[0];
}

/**
 * Sends one request. Where the server says that something of it is there already, the histories decide what points are
 * sent again; params and tags are taken the second time, as they are no longer on their way in from elsewhere.
 */
async function logBatch(client: MlflowClient, run: string, facts: Facts, signal: AbortSignal): Promise<void> {
  try {
    await client.tracking.logBatch(run, facts, { signal });
  } catch (cause) {
    if (!saysDuplicate(cause)) throw cause;
    const metrics = await notThere(client, run, facts.metrics, signal);
    const others = facts.params.length + facts.tags.length;
    if (others === 0 && metrics.length === facts.metrics.length) throw cause;
    if (others === 0 && metrics.length === 0) return;
    await client.tracking.logBatch(run, { ...facts, metrics }, { signal });
  }
}

function saysDuplicate(cause: unknown): boolean {
  return (
    cause instanceof MlflowError &&
    cause.answer.status !== undefined &&
    /UNIQUE constraint|duplicate key|Duplicate entry|IntegrityError/i.test(cause.message)
  );
}

async function notThere(
  client: MlflowClient,
  run: string,
  metrics: readonly Metric[],
  signal: AbortSignal,
): Promise<readonly Metric[]> {
  const histories = new Map<string, Set<string>>();
  for (const { key } of metrics) {
    if (histories.has(key)) continue;
    const history = new Set<string>();
    for await (const point of client.tracking.metricHistory(run, key, { signal })) history.add(spotOf(point));
    histories.set(key, history);
  }
  return metrics.filter((metric) => !getOrCreate(histories, metric.key, () => new Set()).has(spotOf(metric)));
}

export function spotOf({ key, value, timestamp, step = 0 }: Metric): string {
  return `${key}\n${timestamp}\n${step}\n${String(value)}`;
}

export function wireNumber(value: number): WireNumber {
  return Number.isNaN(value) ? "NaN" : value;
}
