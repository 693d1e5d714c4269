import { isJsonList, isJsonObject, type Json, type JsonObject, stringifyJson } from "@runferry/core";

/** What a client says of one stream, in one request. Everything in it may be said again. */
export interface SaidFacts {
  readonly stream: string;
  /** The last event that this tells of. */
  readonly through: number;
  readonly started?: JsonObject;
  /** `null`: the run goes on after all. */
  readonly ended?: JsonObject | null;
  readonly params: readonly (readonly [string, Json])[];
  readonly tags: readonly (readonly [string, string | null])[];
  readonly definitions: readonly (JsonObject & { readonly name: string })[];
  readonly points: readonly SaidPoint[];
  /** What comes in lists, addressed by the number of its event. */
  readonly entries: readonly (JsonObject & { readonly seq: number })[];
}

export type SaidPoint = {
  readonly name: string;
  readonly step?: number;
  readonly at: number;
  readonly value: string;
  readonly context?: { readonly [key: string]: string };
};

interface HeldStream {
  through: number;
  started: Json;
  ended: Json;
  readonly params: Map<string, Json>;
  readonly tags: Map<string, string>;
  readonly definitions: Map<string, Json>;
  readonly entries: Map<number, Json>;
  lines: readonly Json[];
}

/** A run as the server holds it: merged, rounded, under an id of its own. */
export interface HeldRun {
  readonly id: string;
  /** What the client calls it. */
  readonly run: string;
  readonly files: Map<string, Uint8Array>;
  tell(said: SaidFacts): void;
  /** Cuts the console of a stream to the offset and appends. False where lines before it are missing. */
  putLines(stream: string, offset: number, lines: readonly Json[]): boolean;
  json(): Json;
}

export function createHeldRun(id: string, run: string): HeldRun {
  const streams = new Map<string, HeldStream>();
  const points = new Map<string, SaidPoint & { readonly stream: string }>();
  const files = new Map<string, Uint8Array>();

  function streamOf(name: string): HeldStream {
    const held = streams.get(name) ?? newStream();
    streams.set(name, held);
    return held;
  }

  return {
    id,
    run,
    files,
    tell(said) {
      const stream = streamOf(said.stream);
      stream.through = Math.max(stream.through, said.through);
      if (said.started !== undefined) stream.started = said.started;
      if (said.ended !== undefined) stream.ended = said.ended;
      for (const [name, value] of said.params) stream.params.set(name, value);
      for (const [name, value] of said.tags) {
        if (value === null) stream.tags.delete(name);
        else stream.tags.set(name, value);
      }
      for (const definition of said.definitions) stream.definitions.set(definition.name, definition);
      for (const entry of said.entries) stream.entries.set(entry.seq, entry);
      for (const point of said.points) {
        const held = { ...point, at: Math.round(point.at) };
        const key = placeOf(held);
        if (!points.has(key)) points.set(key, { stream: said.stream, ...held });
      }
    },
    putLines(name, offset, lines) {
      const stream = streamOf(name);
      if (offset > stream.lines.length) return false;
      stream.lines = [...stream.lines.slice(0, offset), ...lines];
      return true;
    },
    json() {
      return {
        id,
        run,
        streams: [...streams].map(([name, stream]) => ({
          name,
          through: stream.through,
          started: stream.started,
          ended: stream.ended,
          params: [...stream.params],
          tags: [...stream.tags],
          definitions: [...stream.definitions.values()],
          entries: [...stream.entries.values()],
          lines: stream.lines,
        })),
        points: [...points.values()],
      };
    },
  };
}

/** What makes two points one. */
function placeOf({ name, step, at, value, context = {} }: SaidPoint): string {
  const sorted = Object.keys(context).sort();
  return JSON.stringify([name, step ?? null, at + 0, value, sorted.map((key) => [key, context[key]])]);
}

/** Why this server does not take the facts: the event, and what is wrong with it. */
export function problemOfFacts(
  said: SaidFacts,
  longestEntry: number,
): { readonly seq: number; readonly problem: string } | undefined {
  const bad = said.points.find((point) => !/^[\w./ -]+$/.test(point.name));
  if (bad) return { seq: said.through, problem: `the metric name ${JSON.stringify(bad.name)} is not allowed` };
  const long = said.entries.find((entry) => stringifyJson(entry).length > longestEntry);
  return long && { seq: long.seq, problem: `an entry may have ${longestEntry} characters` };
}

/** Whether the body has the form that this server reads. */
export function isSaidFacts(body: Json): boolean {
  if (!isJsonObject(body) || typeof body.stream !== "string" || typeof body.through !== "number") return false;
  return ["params", "tags", "definitions", "points", "entries"].every((part) => isJsonList(body[part] ?? null));
}

function newStream(): HeldStream {
  return {
    through: 0,
    started: null,
    ended: null,
    params: new Map(),
    tags: new Map(),
    definitions: new Map(),
    entries: new Map(),
    lines: [],
  };
}
