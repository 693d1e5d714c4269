import {
  type Context,
  checkStep,
  type MetricsLogged,
  problemOf,
  type Recorded,
  type RunEvent,
  type RunStarted,
  toMicros,
} from "@runferry/core";
import { createConfigReader } from "./config-events.ts";
import { readConfig } from "./config-text.ts";
import { type Blob, blobsOf, decodeValue, describedBy, pluginOfFields } from "./decode-value.ts";
import { endTag, readParams, startTag } from "./hparams.ts";
import type { EventMessage, Value } from "./messages.ts";
import type { EventVisitor } from "./read-event-file.ts";
import { hparamsCodec } from "./schema.ts";
import { configTag, meaningOfTag, type TagMeaning } from "./tags.ts";
import { numbersOf, sidesOf, stringsOf } from "./tensor.ts";

/** Turns the events of all files of one stream into facts. */
export interface RunDecoder {
  /** A visitor for one file. `isFirst` says that nothing came before it in the stream. */
  visitor(file: FileToDecode): EventVisitor;
}

export interface FileToDecode {
  readonly path: string;
  /** 0 for the first file of a stream. */
  readonly generation: number;
  push(event: Recorded): void;
}

export interface RunDecoderOptions {
  readonly run: string;
  /** The start of a run whose files do not tell it; undefined in streams that have none. */
  readonly start: ((createdAt: number) => RunStarted) | undefined;
  onBlob(blob: Blob & { readonly path: string; readonly offset: number }): void;
}

const mostTags = 100_000;

export function createRunDecoder(options: RunDecoderOptions): RunDecoder {
  const config = createConfigReader(options.run);
  const plugins = new Map<string, string>();
  const meanings = new Map<string, TagMeaning>();
  let isOwn = false; // whether a config text has told the run; then the hparams only repeat it
  let needsStart = options.start !== undefined;
  let resumedIn = 0; // the last generation that started over

  function meaningOf(tag: string): TagMeaning {
    let meaning = meanings.get(tag);
    if (!meaning) {
      meaning = meaningOfTag(tag);
      if (meanings.size < mostTags) meanings.set(tag, meaning);
    }
    return meaning;
  }

  function visitor(file: FileToDecode): EventVisitor {
    let lastAt = 0;

    function atOf(wallTime: number): number {
      const at = toMicros(wallTime * 1000);
      if (Number.isFinite(at)) lastAt = at;
      return lastAt;
    }

    function tell(event: RunEvent, at: number): void {
      if (problemOf(event) !== undefined)
        file.push({ ...lost("an event has a value that no run can hold"), seq: 0, at });
      else file.push({ ...event, seq: 0, at: "at" in event ? (event.at as number) : at });
    }

    function start(at: number): void {
      if (!needsStart) return;
      needsStart = false;
      tell(options.start!(at), at);
    }

    /** Values of one event that go into one fact: as long as they share a context and no name comes twice. */
    function points(
      at: number,
      step: number | undefined,
      count: number,
      tags: readonly string[],
      values: readonly number[],
    ): void {
      let event: { [K in keyof MetricsLogged]: MetricsLogged[K] } | undefined;
      let held: { [name: string]: number } = {};
      let context: Context | undefined;
      const checked = checkStep(step);
      for (let i = 0; i < count; i++) {
        const meaning = meaningOf(tags[i]!);
        if (!event || meaning.context !== context || Object.hasOwn(held, meaning.name)) {
          if (event) file.push({ ...event, seq: 0, at });
          held = {};
          context = meaning.context;
          event = { kind: "metrics.logged", values: held };
          if (checked.step !== undefined) event = { ...event, step: checked.step };
          if (context) event = { ...event, context };
        }
        if (meaning.name === "__proto__")
          Object.defineProperty(held, meaning.name, { value: values[i], enumerable: true });
        else held[meaning.name] = values[i]!;
      }
      if (!event) return;
      if (checked.value !== undefined) held[`${meaningOf(tags[0]!).name}/step`] ??= checked.value;
      file.push({ ...event, seq: 0, at } as Recorded<MetricsLogged>);
    }

    function value(one: Value, index: number, at: number, event: EventMessage, offset: number): void {
      const tag = one.tag || one.nodeName || "";
      const step = event.step ?? 0;
      const known = plugins.get(tag) ?? one.metadata?.pluginData?.pluginName ?? "";
      const plugin = known === "" ? pluginOfFields(one) : known;
      if (!plugins.has(tag) && plugin !== "" && plugins.size < mostTags) plugins.set(tag, plugin);
      if (plugin === "hparams") {
        session(one, at);
        return;
      }
      const text =
        plugin === "text" && tag === configTag && one.tensor ? readConfig(stringsOf(one.tensor)[0] ?? "") : undefined;
      if (text) {
        if (text.run) {
          isOwn = true;
          needsStart = false;
        }
        start(at);
        for (const fact of config.read(text)) tell(fact, at);
        return;
      }
      start(at);
      const described = describedBy(one);
      const checked = described.counted ? {} : checkStep(step);
      const number = scalarOf(one, plugin);
      if (number !== undefined) {
        points(at, described.counted ? undefined : step, 1, [tag], [number]);
        return;
      }
      const place = { tag, step: checked.step, described, plugin, index };
      const onBlob = (blob: Blob) => options.onBlob({ ...blob, path: file.path, offset });
      for (const fact of decodeValue(one, place, onBlob)) tell(fact, at);
    }

    function session(one: Value, at: number): void {
      start(at);
      if (isOwn || (one.tag !== startTag && one.tag !== endTag)) return;
      const data = hparamsCodec.decode(one.metadata?.pluginData?.content ?? new Uint8Array(0));
      const { sessionStartInfo: begun, sessionEndInfo: ended } = data;
      if (begun) tell({ kind: "params.set", values: readParams(begun.hparams ?? {}) }, at);
      const status = ended?.status === 1 ? "finished" : ended?.status === 2 ? "failed" : undefined;
      if (status) tell({ kind: "run.ended", status }, ended?.endTimeSecs ? toMicros(ended.endTimeSecs * 1000) : at);
    }

    return {
      scalars({ wallTime, step, count, tags, values }) {
        const at = atOf(wallTime);
        if (needsStart) start(at);
        points(at, step, count, tags, values);
      },
      event(event, offset) {
        const at = atOf(event.wallTime);
        const summary = event.summary?.value ?? [];
        if (summary.length > 1 && summary.every((one) => one.simpleValue !== undefined))
          return sameStep(summary, at, event);
        summary.forEach((one, i) => {
          try {
            value(one, i, at, event, offset);
          } catch {
            tell(lost(`the value of ${one.tag ?? "a tag"} cannot be read`, file.path, offset), at);
          }
        });
        // The first start of a run only opens it.
        if (event.sessionLog?.status === 1 && file.generation > resumedIn) {
          resumedIn = file.generation;
          tell({ kind: "run.resumed", fromStep: event.step ?? 0 }, at);
        }
        if (event.graphDef) tell({ kind: "unknown", was: "tensorboard.graph", fields: {} }, at);
      },
      damage(reason, offset, length) {
        tell(lost(reason, file.path, offset, length), lastAt);
      },
    };

    function sameStep(summary: readonly Value[], at: number, event: EventMessage): void {
      start(at);
      const counted = describedBy(summary[0]!).counted;
      const tags = summary.map((one) => one.tag || one.nodeName || "");
      points(
        at,
        counted ? undefined : (event.step ?? 0),
        tags.length,
        tags,
        summary.map((one) => one.simpleValue!),
      );
    }
  }

  return { visitor };
}

/** The number of a scalar, whichever way it is written. */
function scalarOf(value: Value, plugin: string): number | undefined {
  if (value.simpleValue !== undefined) return value.simpleValue;
  if (plugin !== "scalars" || !value.tensor || sidesOf(value.tensor).reduce((all, side) => all * side, 1) !== 1)
    return undefined;
  return numbersOf(value.tensor)?.[0];
}

function lost(reason: string, path?: string, offset?: number, length?: number): RunEvent {
  if (path === undefined) return { kind: "events.lost", count: 1, reason };
  const range = length === undefined ? `byte ${offset}` : `bytes ${offset} to ${offset! + length - 1}`;
  return { kind: "events.lost", count: 1, reason, where: `${path}, ${range}` };
}

/** The bytes of a picture or a sound in its event. */
export function bytesOfBlob(
  event: EventMessage,
  { value, index }: Pick<Blob, "value" | "index">,
): Uint8Array | undefined {
  const one = event.summary?.value[value];
  if (!one) return undefined;
  const plugin = one.metadata?.pluginData?.pluginName ?? "";
  for (const candidate of [plugin, "images", "audio"]) {
    const found = blobsOf(one, candidate)[index];
    if (found) return found;
  }
  return undefined;
}
