import { type Context, checkStep, type MediaLogged, type MetricsLogged, messageOf } from "@runferry/core";
import { isMedia, type MediaValue } from "./media-values.ts";
import { isTensor, toNumber } from "./numbers.ts";
import { given, mediaOf } from "./put-media.ts";
import { type Recorder, reasonOf } from "./recorder.ts";

/** Where in the training values belong. */
export interface When {
  readonly step?: number | bigint;
  /** Milliseconds since 1970; default: now. */
  readonly at?: number | Date;
  /** What tells points of the same metric apart, e.g. `{ dataset: "test" }`. */
  readonly context?: { readonly [key: string]: string | number | boolean };
}

/** Numbers, whatever holds one number, and media; objects within become names with `/`. */
export interface LoggedValues {
  readonly [name: string]: unknown;
}

export type MetricLog = (values: LoggedValues, when?: number | bigint | When) => void;

const maxDepth = 16;

export function createMetricLog(recorder: Recorder): MetricLog {
  const { notices } = recorder;

  function log(values: LoggedValues, when?: number | bigint | When): void {
    try {
      if (isPlainNumbers(values)) {
        if (when === undefined) return void recorder.record({ kind: "metrics.logged", values });
        if (Number.isSafeInteger(when)) {
          return void recorder.record({ kind: "metrics.logged", step: (when as number) + 0, values }); // no -0
        }
      }
      logAny(values, when);
    } catch (cause) {
      recorder.lost("a call of log", messageOf(cause)); // a getter or a method of what was given threw
    }
  }

  function logAny(values: LoggedValues, when: number | bigint | When | undefined): void {
    if (recorder.stored === undefined) return;
    if (typeof values !== "object" || values === null) {
      recorder.lost("a call of log", "it takes an object such as { loss: 0.5 }");
      return;
    }
    const numbers = new Map<string, number>();
    const media: [name: string, value: MediaValue][] = [];
    collect(values, "", 0, numbers, media);
    const { step, besides, at, context } = readWhen(when);
    if (besides !== undefined && numbers.size + media.length > 0 && !numbers.has("step")) numbers.set("step", besides);
    const head = given({ step, context });
    if (numbers.size > 0) {
      const event: MetricsLogged = { kind: "metrics.logged", ...head, values: Object.fromEntries(numbers) };
      recorder.record(event, at);
    }
    for (const [name, value] of media) logMedia(name, value, head, at);
  }

  function logMedia(name: string, value: MediaValue, head: Head, at: number | undefined): void {
    let event: MediaLogged;
    try {
      const media = mediaOf(value, (bytes, file) => recorder.stored!.putMediaNow(bytes, file));
      event = { kind: "media.logged", name, ...head, media };
    } catch (cause) {
      recorder.lost(`media ${name}`, reasonOf(cause));
      return;
    }
    recorder.record(event, at);
  }

  function collect(
    values: object,
    prefix: string,
    depth: number,
    numbers: Map<string, number>,
    media: [name: string, value: MediaValue][],
  ): void {
    for (const [key, value] of values instanceof Map ? values : Object.entries(values)) {
      const name = prefix + String(key);
      if (isMedia(value)) {
        media.push([name, value]);
        continue;
      }
      if (isGroup(value) && depth < maxDepth) {
        collect(value, `${name}/`, depth + 1, numbers, media);
        continue;
      }
      const converted = toNumber(value);
      if ("number" in converted) {
        numbers.set(name, converted.number);
        continue;
      }
      const { what, hint } = converted;
      notices.count("not numeric", name, () => `${name} is ${what} and no number, so it is no metric · ${hint}`);
    }
  }

  function readWhen(when: number | bigint | When | undefined): Read {
    const { step, at, context } = isWhen(when) ? when : { step: when };
    const time = at === undefined ? undefined : Number(at);
    if (time !== undefined && !Number.isFinite(time)) {
      notices.count("converted", "at", () => `at is no time (${String(at)}): the present one stands for it`);
    }
    const texts = context && Object.fromEntries(Object.entries(context).map(([key, value]) => [key, String(value)]));
    return { ...readStep(step), at: Number.isFinite(time) ? time : undefined, context: texts };
  }

  function readStep(step: unknown): { readonly step?: number | undefined; readonly besides?: number | undefined } {
    if (step === undefined || step === null) return {};
    const converted = toNumber(step);
    if (!("number" in converted)) {
      notices.count(
        "converted",
        "step",
        () => `a step is ${converted.what} and no number: values are kept without step`,
      );
      return {};
    }
    const { step: whole, value: besides } = checkStep(converted.number);
    if (besides !== undefined) {
      notices.count(
        "converted",
        "step",
        () => `the step ${besides} is no whole number: values are kept without step, and it as their metric "step"`,
      );
    }
    return { step: whole, besides };
  }

  return log;
}

type Head = { readonly step?: number; readonly context?: Context };

interface Read {
  readonly step?: number | undefined;
  readonly besides?: number | undefined;
  readonly at: number | undefined;
  readonly context: Context | undefined;
}

function isWhen(when: unknown): when is When {
  if (typeof when !== "object" || when === null) return false;
  return !Array.isArray(when) && !ArrayBuffer.isView(when) && !isTensor(when);
}

/** What is logged thousands of times a second: at least one number, and nothing else. It needs no copy. */
function isPlainNumbers(values: LoggedValues): values is { readonly [name: string]: number } {
  if (typeof values !== "object" || values === null) return false;
  const prototype: unknown = Object.getPrototypeOf(values);
  if (prototype !== Object.prototype && prototype !== null) return false;
  let any = false;
  for (const name in values) {
    if (typeof values[name] !== "number") return false;
    any = true;
  }
  return any;
}

/** A plain object or a map; what has a class of its own may be a tensor. */
function isGroup(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return false;
  return !["dataSync", "arraySync", "item", "toFloat", "toNumber", "then"].some(
    (name) => typeof (value as { readonly [name: string]: unknown })[name] === "function",
  );
}
