import { getOrCreate } from "@runferry/core";
import { type KeyValue, type Metric, type MlflowClient, MlflowError, type WireNumber } from "./client/index.ts";

const most = { metrics: 1000, params: 100, tags: 100, all: 1000 };

export interface Facts {
  readonly metrics: readonly Metric[];
  readonly params: readonly KeyValue[];
  readonly tags: readonly KeyValue[];
}

/** Requests within the server's limits. Points that are NaN go alone: older servers fail when one comes again. */
export function* logBatches({ metrics, params, tags }: Facts): IterableIterator<Facts> {
  const numbers = metrics.filter(({ value }) => value !== "NaN");
  const nans = metrics.filter(({ value }) => value === "NaN");
  let [m, p, t] = [0, 0, 0];
  while (m < numbers.length || p < params.length || t < tags.length) {
    const someParams = params.slice(p, p + most.params);
    const someTags = tags.slice(t, t + most.tags);
    const room = most.all - someParams.length - someTags.length;
    const someMetrics = numbers.slice(m, m + Math.min(room, most.metrics));
    [m, p, t] = [m + someMetrics.length, p + someParams.length, t + someTags.length];
    yield { metrics: someMetrics, params: someParams, tags: someTags };
  }
  for (let from = 0; from < nans.length; from += most.metrics) {
    yield { metrics: nans.slice(from, from + most.metrics), params: [], tags: [] };
  }
}

/**
 * Sends one request. Where the server says that something of it is there already, the histories decide what points are
 * sent again; params and tags are taken the second time, as they are no longer on their way in from elsewhere.
 */
export async function logBatch(client: MlflowClient, run: string, facts: Facts, signal: AbortSignal): Promise<void> {
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
