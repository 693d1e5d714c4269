import { dirname } from "node:path";
import { getOrCreate } from "@runferry/core";
import { readEventFile } from "../src/index.ts";
import type { EventMessage, Value } from "../src/messages.ts";
import type { Loader } from "./server.ts";
import { filesIn } from "./subject.ts";

/** A reader of TensorBoard: one of its two loaders, or the old `EventAccumulator`, which purges scalars only. */
export type Reader = Loader | "accumulator";

export interface ShownSeries {
  readonly plugin: string;
  readonly points: (readonly [wall: number, step: number, value: Value])[];
}

/** Folder below the logdir, then tag. */
export type ShownRuns = ReadonlyMap<string, ReadonlyMap<string, ShownSeries>>;

/** What a reader makes of the event files below a logdir by its own rules, without samples. */
export async function shownSeries(logdir: string, reader: Reader): Promise<ShownRuns> {
  const runs = new Map<string, Map<string, ShownSeries>>();
  for (const [path, bytes] of filesIn(logdir)) {
    const tags = getOrCreate(runs, dirname(path), () => new Map<string, ShownSeries>());
    for await (const found of readEventFile([Buffer.from(bytes, "latin1")])) {
      const { event } = found as { event: EventMessage };
      if (event.sessionLog && reader !== "rustboard") purge(tags, event.step ?? 0, reader);
      for (const value of event.summary?.value ?? []) add(tags, event, value, reader);
    }
  }
  return runs;
}

/** The one believes a session that starts over … */
function purge(tags: Map<string, ShownSeries>, from: number, reader: Reader): void {
  for (const [tag, { plugin, points }] of tags) {
    if (reader === "accumulator" && plugin !== "scalars") continue;
    tags.set(tag, { plugin, points: points.filter(([, step]) => step < from) });
  }
}

/** … the other a step that is not higher than the last of its tag. */
function add(tags: Map<string, ShownSeries>, event: EventMessage, value: Value, reader: Reader): void {
  const tag = value.tag ?? "";
  const step = event.step ?? 0;
  const known = tags.get(tag);
  const plugin =
    known?.plugin ?? (value.simpleValue === undefined ? (value.metadata?.pluginData?.pluginName ?? "") : "scalars");
  const before = known?.points ?? [];
  const points = reader === "rustboard" ? before.filter((point) => point[1] < step) : before;
  points.push([event.wallTime, step, value]);
  tags.set(tag, { plugin, points });
}

/** Every series of a plugin that has points, in one list. */
export function seriesOf(runs: ShownRuns, plugin: string) {
  return [...runs].flatMap(([run, tags]) =>
    [...tags].flatMap(([tag, series]) =>
      series.plugin === plugin && series.points.length > 0 ? [{ run, tag, points: series.points }] : [],
    ),
  );
}

/** A number as TensorBoard's answers have it. */
export function numberInJson(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
