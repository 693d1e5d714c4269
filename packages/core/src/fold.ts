import type { Journal } from "./contract.ts";
import { addDifferences, createTally, type Difference } from "./differences.ts";
import type {
  AlertRaised,
  ArtifactLogged,
  ConsoleLogged,
  DatasetUsed,
  MediaLogged,
  MetricDefined,
  ModelLogged,
  ModelRegistered,
  Recorded,
  RunEnded,
  RunStarted,
  RunStatus,
  UnknownEvent,
} from "./events.ts";
import { addFact, comparePlaced, createFacts, effectiveEnd, type Placed } from "./facts.ts";
import { createMetricsFold, type MetricPoints } from "./fold-metrics.ts";
import type { Json } from "./json.ts";
import { maskEvent } from "./mask.ts";
import { joinSeries } from "./series.ts";
import { createTeller, excluded, type Telling } from "./telling.ts";

export interface MetricView extends MetricPoints {
  readonly definition: MetricDefined | undefined;
  /** Its name in the journal, where a destination needs another. */
  readonly was?: string;
}

/** An event of a list, with its time. */
export type Dated<E> = E & { readonly at: number };

/** Everything a journal says about a run. */
export interface RunView {
  readonly id: string;
  /** Absent only where the journal's first line is damaged. */
  readonly started: RunStarted | undefined;
  readonly status: RunStatus;
  readonly ended: Dated<RunEnded> | undefined;
  readonly params: ReadonlyMap<string, Json>;
  readonly tags: ReadonlyMap<string, string>;
  readonly metrics: ReadonlyMap<string, MetricView>;
  /** The version that holds, by path. */
  readonly artifacts: ReadonlyMap<string, Dated<ArtifactLogged>>;
  /** Versions of artifacts that a later one of the same path replaced. */
  readonly replaced: readonly Dated<ArtifactLogged>[];
  readonly media: readonly Dated<MediaLogged>[];
  readonly datasets: readonly Dated<DatasetUsed>[];
  readonly models: readonly Dated<ModelLogged>[];
  readonly registered: readonly Dated<ModelRegistered>[];
  readonly alerts: readonly Dated<AlertRaised>[];
  readonly console: readonly Dated<ConsoleLogged>[];
  readonly unknown: readonly Dated<UnknownEvent>[];
  /** What this view is known to lack or to hold in another form. */
  readonly differences: readonly Difference[];
}

/** Collects events of any number of streams, each in the order of its seq, the streams in any order. */
export interface Fold {
  add(stream: string, event: Recorded): void;
  view(): RunView;
}

export function createFold(id: string): Fold {
  const facts = createFacts();
  const metrics = createMetricsFold();
  const tally = createTally();

  function add(stream: string, event: Recorded): void {
    if (event.kind === "metrics.logged") metrics.add(stream, event);
    else if (event.kind === "events.lost") tally.add("lost", event.reason, event.where, event.count);
    else if (event.kind === "run.resumed" && event.fromStep !== undefined) metrics.supersede(stream, event.fromStep);
    addFact(facts, stream, event, false);
  }

  function metricViews(): ReadonlyMap<string, MetricView> {
    const views = new Map<string, MetricView>();
    const none = joinSeries([]);
    for (const [name, points] of metrics.all()) {
      views.set(name, { ...points, definition: facts.definitions.get(name)?.value });
    }
    for (const [name, { value }] of facts.definitions) {
      if (!views.has(name)) views.set(name, { series: none, superseded: none, definition: value });
    }
    return views;
  }

  function view(): RunView {
    const end = effectiveEnd(facts);
    const artifacts = [...facts.artifacts.values()].map((versions) => [...versions].sort(comparePlaced));
    const held = artifacts.map((versions) => dated(versions.at(-1)!));
    return {
      id,
      started: facts.started,
      status: end?.value.status ?? "running",
      ended: end && dated(end),
      // The last one set last, for places where names that are two here are one.
      params: new Map(
        [...facts.params]
          .sort(([, a], [, b]) => comparePlaced(a, b))
          .map(([name, placed]) => [name, placed.value] as const),
      ),
      tags: new Map([...facts.tags].flatMap(([name, { value }]) => (value === null ? [] : [[name, value] as const]))),
      metrics: metricViews(),
      artifacts: new Map(held.map((artifact) => [artifact.file.path, artifact])),
      replaced: artifacts.flatMap((versions) => versions.slice(0, -1).map(dated)),
      media: datedList(facts.media),
      datasets: datedList(facts.datasets),
      models: datedList(facts.models),
      registered: datedList(facts.registered),
      alerts: datedList(facts.alerts),
      console: datedList(facts.console),
      unknown: datedList(facts.unknown),
      differences: tally.differences,
    };
  }

  return { add, view };
}

export interface FoldOptions {
  /** See the run as a destination may see it. */
  readonly mask?: boolean;
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
}

/** The view of a whole journal as it stands. */
export async function fold(journal: Journal, options: FoldOptions = {}): Promise<RunView> {
  const folding = createFold(journal.run);
  const made = createTally();
  const teller = options.telling && (await createTeller(options.telling, journal));
  const reading = options.signal ? { signal: options.signal } : {};
  for await (const stream of journal.streams(reading)) {
    for await (const events of stream.read(reading)) {
      for (const event of events) {
        const told = teller?.tell(stream.name, event);
        for (const name of told?.leftOut ?? []) made.add("left out", excluded, name);
        for (const one of told?.events ?? [event]) {
          const safe = options.mask ? maskEvent(one) : undefined;
          folding.add(stream.name, safe?.event ?? one);
          for (const where of safe?.masked ?? []) made.add("converted", "secrets masked", where);
        }
      }
    }
  }
  options.signal?.throwIfAborted();
  const view = folding.view();
  return { ...view, differences: addDifferences(view.differences, made.differences) };
}

function dated<E>(placed: Placed<E>): Dated<E> {
  return { ...placed.value, at: placed.at };
}

function datedList<E>(list: readonly Placed<E>[]): readonly Dated<E>[] {
  return [...list].sort(comparePlaced).map(dated);
}
