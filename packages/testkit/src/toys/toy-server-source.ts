import {
  type Journal,
  type Json,
  mainStream,
  observerStream,
  parseJson,
  type Recorded,
  type RunEvent,
  RunferryError,
  type Source,
  type Stream,
} from "@runferry/core";
import { numberOf } from "./number-text.ts";
import { eventFrom } from "./toy-client-wire.ts";
import type { SaidPoint } from "./toy-server-runs.ts";

interface Listed {
  readonly id: string;
  readonly run: string;
}

/** A run as the server tells it. */
interface Told {
  readonly streams: readonly ToldStream[];
  readonly points: readonly (SaidPoint & { readonly stream: string })[];
}

interface ToldStream {
  readonly name: string;
  readonly through: number;
  readonly started: Json;
  readonly ended: (Json & { readonly after?: number }) | null;
  readonly params: readonly (readonly [string, Json])[];
  readonly tags: readonly (readonly [string, string])[];
  readonly definitions: readonly Json[];
  readonly entries: readonly Json[];
  readonly lines: readonly Json[];
}

/** Reads the runs of a toy server. The server holds states, not events, so their numbers are made up. */
export function toyServerSource(address: string): Source {
  return {
    async *runs({ ids, signal } = {}) {
      const listed = (await readJson(address, "/runs", signal)) as unknown as readonly Listed[];
      for (const { id, run } of listed) if (!ids || ids.includes(run)) yield journalOf(address, id, run);
    },
  };
}

function journalOf(address: string, id: string, run: string): Journal {
  return {
    run,
    async *streams({ signal } = {}) {
      const told = (await readJson(address, `/runs/${id}`, signal)) as unknown as Told;
      for (const stream of told.streams) yield streamOf(stream.name, eventsOf(stream, told));
    },
    async *open(file, { start = 0, signal } = {}) {
      const response = await get(address, `/runs/${id}/files/${file.sha256}?start=${start}`, signal);
      if (response.status === 404) {
        throw new RunferryError("file_missing", `${address} has no bytes for ${file.path} of run ${run}`, {
          hint: "deliver the run again",
          data: "its facts are there",
        });
      }
      yield* checked(address, response).body ?? [];
    },
  };
}

function streamOf(name: string, events: readonly Recorded[]): Stream {
  return {
    name,
    async *read({ after = 0 } = {}) {
      const wanted = events.filter((event) => event.seq > after);
      if (wanted.length > 0) yield wanted;
    },
  };
}

/** Events that fold to what the server holds of one stream, in the order of their times. */
function eventsOf(stream: ToldStream, { streams, points }: Told): readonly Recorded[] {
  const events = [...stream.definitions, ...stream.entries, ...stream.lines].map((json) => eventFrom(json, 0));
  for (const point of points) if (point.stream === stream.name) events.push(metricOf(point));
  events.sort((a, b) => a.at - b.at);
  const start = stream.started === null ? [] : [eventFrom(stream.started, 0)];
  const at = (start[0] ?? events[0])?.at ?? 0;
  const state: readonly Recorded[] = [
    { seq: 0, at, kind: "params.set", values: Object.fromEntries(stream.params) },
    { seq: 0, at, kind: "tags.set", values: Object.fromEntries(stream.tags) },
  ];
  const end = endOf(stream, streams);
  return [...start, ...state, ...events, ...end].map((event, i) => ({ ...event, seq: i + 1 }));
}

function metricOf({ name, step, at, value, context }: SaidPoint): Recorded {
  const place = { ...(step === undefined ? {} : { step }), ...(context === undefined ? {} : { context }) };
  return { seq: 0, at, kind: "metrics.logged", ...place, values: Object.fromEntries([[name, numberOf(value)]]) };
}

/** `after` counts the events of the journal, not those here, so what it says is worked out before they are numbered. */
function endOf(stream: ToldStream, streams: readonly ToldStream[]): readonly Recorded[] {
  if (stream.ended === null) return [];
  const { after, ...end } = eventFrom(stream.ended, 0) as Recorded<RunEvent & { kind: "run.ended" }>;
  const main = streams.find(({ name }) => name === mainStream)?.through ?? 0;
  return stream.name === observerStream && after !== undefined && main > after ? [] : [end];
}

async function readJson(address: string, path: string, signal: AbortSignal | undefined): Promise<Json> {
  return parseJson(await checked(address, await get(address, path, signal)).text());
}

function checked(address: string, response: Response): Response {
  if (response.ok) return response;
  const code = response.status === 401 ? "needs_credentials" : "unavailable";
  throw new RunferryError(code, `${address} answered ${response.status}`, {
    hint: "see whether the server runs and lets you in",
    data: "nothing was changed by reading",
  });
}

/** Reading again is harmless, so a source may do what a backend may not. */
async function get(address: string, path: string, signal: AbortSignal | undefined): Promise<Response> {
  let last: unknown;
  for (let attempt = 0; attempt < 10; attempt++) {
    signal?.throwIfAborted();
    try {
      const response = await fetch(address + path, signal ? { signal } : {});
      if (response.status !== 503 && response.status !== 429) return response;
      last = await response.text();
    } catch (cause) {
      last = cause;
    }
  }
  throw new RunferryError("unavailable", `${address} cannot be read`, {
    hint: "see whether the server runs",
    data: "nothing was changed by reading",
    cause: last,
  });
}
