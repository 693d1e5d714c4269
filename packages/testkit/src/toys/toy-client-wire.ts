import { type Json, type JsonObject, mainStream, mapJsonObject, type Recorded } from "@runferry/core";
import { numberOf, numberText } from "./number-text.ts";
import type { SaidFacts, SaidPoint } from "./toy-server-runs.ts";

/** What one request tells of the kept events of one stream. */
export function factsOf(stream: string, through: number, events: readonly Recorded[]): SaidFacts {
  const params: [string, Json][] = [];
  const tags: [string, string | null][] = [];
  const definitions: (JsonObject & { name: string })[] = [];
  const points: SaidPoint[] = [];
  const entries: (JsonObject & { seq: number })[] = [];
  let started: JsonObject | undefined;
  let ended: JsonObject | null | undefined;
  for (const event of events) {
    switch (event.kind) {
      case "run.started":
        started = plain(event);
        break;
      case "run.resumed":
        if (stream === mainStream) ended = null;
        break;
      case "run.ended":
        ended = plain(event);
        break;
      case "params.set":
        for (const param of Object.entries(event.values)) params.push(param);
        break;
      case "tags.set":
        for (const tag of Object.entries(event.values)) tags.push(tag);
        break;
      case "metric.defined":
        definitions.push({ ...plain(event), name: event.name });
        break;
      case "metrics.logged": {
        const { step, at, context } = event;
        const spot = { at, ...(step === undefined ? {} : { step }), ...(context === undefined ? {} : { context }) };
        for (const [name, value] of Object.entries(event.values))
          points.push({ name, ...spot, value: numberText(value) });
        break;
      }
      case "console.logged":
      case "writer.ended":
        break;
      default:
        entries.push({ ...plain(event), seq: event.seq });
    }
  }
  const state = { ...(started === undefined ? {} : { started }), ...(ended === undefined ? {} : { ended }) };
  return { stream, through, ...state, params, tags, definitions, points, entries };
}

/** The console lines among the events, as they are sent. */
export function linesOf(events: readonly Recorded[]): readonly Json[] {
  return events.filter((event) => event.kind === "console.logged").map(plain);
}

/** An event as JSON that holds everything of it. */
function plain(event: Recorded): JsonObject {
  if (event.kind !== "model.logged" || !event.metrics) return event as unknown as JsonObject;
  return { ...(event as unknown as JsonObject), metrics: mapJsonObject(event.metrics, numberText) };
}

/** The event that `plain` wrote, under another number. */
export function eventFrom(json: Json, seq: number): Recorded {
  const event = { ...(json as JsonObject), seq };
  const { kind, metrics } = event as JsonObject;
  if (kind !== "model.logged" || metrics === undefined) return event as unknown as Recorded;
  return { ...event, metrics: mapJsonObject(metrics as JsonObject, numberOf) } as unknown as Recorded;
}
