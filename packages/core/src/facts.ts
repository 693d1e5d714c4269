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
  RunEvent,
  RunStarted,
  UnknownEvent,
} from "./events.ts";
import { mainStream, observerStream } from "./events.ts";
import { getOrCreate } from "./get-or-create.ts";
import type { Json } from "./json.ts";

/** A value with its place in time: of two for the same name, the one with the greatest (at, stream, seq) holds. */
export interface Placed<T> {
  readonly at: number;
  readonly stream: string;
  readonly seq: number;
  readonly value: T;
}

/** What is known of a run but for its metrics. Folding events into it does not depend on the order of streams. */
export interface Facts {
  started: RunStarted | undefined;
  readonly params: Map<string, Placed<Json>>;
  readonly tags: Map<string, Placed<string | null>>;
  readonly definitions: Map<string, Placed<MetricDefined>>;
  /** By path; every version that was logged. */
  readonly artifacts: Map<string, Placed<ArtifactLogged>[]>;
  readonly datasets: Placed<DatasetUsed>[];
  readonly models: Placed<ModelLogged>[];
  readonly registered: Placed<ModelRegistered>[];
  readonly media: Placed<MediaLogged>[];
  readonly alerts: Placed<AlertRaised>[];
  readonly console: Placed<ConsoleLogged>[];
  readonly unknown: Placed<UnknownEvent>[];
  end: Placed<RunEnded> | undefined;
  /** An end seen from outside, in the stream `observer`. */
  observedEnd: Placed<RunEnded> | undefined;
  lastMainSeq: number;
}

export function createFacts(): Facts {
  return {
    started: undefined,
    params: new Map(),
    tags: new Map(),
    definitions: new Map(),
    artifacts: new Map(),
    datasets: [],
    models: [],
    registered: [],
    media: [],
    alerts: [],
    console: [],
    unknown: [],
    end: undefined,
    observedEnd: undefined,
    lastMainSeq: 0,
  };
}

/** Takes one event in. `bounded` leaves out what grows without bound: media, alerts, console, unknown. */
export function addFact(facts: Facts, stream: string, event: Recorded, bounded: boolean): void {
  if (stream === mainStream) facts.lastMainSeq = Math.max(facts.lastMainSeq, event.seq);
  if (addState(facts, stream, event) || bounded) return;
  if (event.kind === "media.logged") facts.media.push(place(stream, event));
  else if (event.kind === "alert.raised") facts.alerts.push(place(stream, event));
  else if (event.kind === "console.logged") facts.console.push(place(stream, event));
  else if (event.kind === "unknown") facts.unknown.push(place(stream, event));
}

/** What is bounded by the number of names a run uses. Says whether the event was of that sort. */
function addState(facts: Facts, stream: string, event: Recorded): boolean {
  const at = { at: event.at, stream, seq: event.seq };
  switch (event.kind) {
    case "run.started":
      if (stream === mainStream) facts.started ??= place(stream, event).value;
      return true;
    case "run.resumed":
      if (stream === mainStream) facts.end = undefined;
      return true;
    case "params.set":
      for (const [name, value] of Object.entries(event.values)) setLater(facts.params, name, { ...at, value });
      return true;
    case "tags.set":
      for (const [name, value] of Object.entries(event.values)) setLater(facts.tags, name, { ...at, value });
      return true;
    case "metric.defined":
      setLater(facts.definitions, event.name, place(stream, event));
      return true;
    case "artifact.logged":
      getOrCreate(facts.artifacts, event.file.path, () => []).push(place(stream, event));
      return true;
    case "dataset.used":
      facts.datasets.push(place(stream, event));
      return true;
    case "model.logged":
      facts.models.push(place(stream, event));
      return true;
    case "model.registered":
      facts.registered.push(place(stream, event));
      return true;
    case "run.ended":
      if (stream === observerStream) facts.observedEnd = later(facts.observedEnd, place(stream, event));
      else if (stream === mainStream) facts.end = later(facts.end, place(stream, event));
      return true;
    default:
      return false;
  }
}

/** The end that holds: the run's own, or one seen from outside unless the run has gone on since. */
export function effectiveEnd(facts: Facts): Placed<RunEnded> | undefined {
  const observed = facts.observedEnd;
  if (facts.end || !observed) return facts.end;
  return observed.value.after !== undefined && facts.lastMainSeq > observed.value.after ? undefined : observed;
}

export function comparePlaced(a: Placed<unknown>, b: Placed<unknown>): number {
  return a.at - b.at || (a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq);
}

function later<T>(a: Placed<T> | undefined, b: Placed<T>): Placed<T> {
  return a && comparePlaced(a, b) > 0 ? a : b;
}

function setLater<T>(map: Map<string, Placed<T>>, name: string, value: Placed<T>): void {
  map.set(name, later(map.get(name), value));
}

/** The event, its stamp taken off and put beside it. */
export function place<E extends RunEvent>(stream: string, event: Recorded<E>): Placed<E> {
  const { seq, at, ...value } = event;
  return { at, stream, seq, value: value as unknown as E };
}
