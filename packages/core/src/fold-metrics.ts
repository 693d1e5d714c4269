import type { MetricsLogged, Recorded } from "./events.ts";
import { getOrCreate } from "./get-or-create.ts";
import { contextKey, createSeriesBuilder, joinSeries, type Series, type SeriesBuilder } from "./series.ts";

export interface MetricPoints {
  readonly series: Series;
  /** Points that a `run.resumed { fromStep }` dropped: still in the journal, no longer in the series. */
  readonly superseded: Series;
}

/** Collects points per metric, stream and context: a resume concerns its own stream only. */
export interface MetricsFold {
  add(stream: string, event: Recorded<MetricsLogged>): void;
  supersede(stream: string, fromStep: number): void;
  all(): IterableIterator<[string, MetricPoints]>;
}

interface Metric {
  readonly parts: Map<string, Part>;
  readonly superseded: Series[];
}

interface Part {
  readonly stream: string;
  readonly builder: SeriesBuilder;
}

export function createMetricsFold(): MetricsFold {
  const metrics = new Map<string, Metric>();

  function builderOf(name: string, key: string, stream: string, event: MetricsLogged): SeriesBuilder {
    const metric = getOrCreate(metrics, name, (): Metric => ({ parts: new Map(), superseded: [] }));
    const part = getOrCreate(metric.parts, key, () => ({ stream, builder: createSeriesBuilder(event.context) }));
    return part.builder;
  }

  return {
    add(stream, event) {
      const key = event.context === undefined ? stream : `${stream}\n${contextKey(event.context)}`;
      for (const name of Object.keys(event.values)) {
        builderOf(name, key, stream, event).add(event.step, event.at, event.values[name]!);
      }
    },
    supersede(stream, fromStep) {
      for (const metric of metrics.values()) {
        for (const part of metric.parts.values()) {
          if (part.stream !== stream) continue;
          const dropped = part.builder.cut(fromStep);
          if (dropped.length > 0) metric.superseded.push(dropped);
        }
      }
    },
    *all() {
      for (const [name, metric] of metrics) {
        const series = joinSeries([...metric.parts.values()].map((part) => part.builder.series));
        yield [name, { series, superseded: joinSeries(metric.superseded) }];
      }
    },
  };
}
