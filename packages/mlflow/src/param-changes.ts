import type { Before, JsonObject, Named, Recorded } from "@runferry/core";
import { flatParams } from "./flat-params.ts";
import type { LongText } from "./texts.ts";
import { longestParam, longestTag, longText } from "./texts.ts";

export interface ParamChanges {
  /** Params that the server does not have yet. */
  readonly params: ReadonlyMap<string, string>;
  /** Null takes the tag away. */
  readonly tags: ReadonlyMap<string, string | null>;
  readonly long: readonly LongText[];
  /** Names of params whose first value stays. */
  readonly changed: readonly string[];
}

/**
 * What to write so that the params of these events hold, given what the server has: there a param never changes and
 * never goes, so the first value stays and a tag tells of the one that holds.
 */
export function paramChanges(
  batch: readonly Recorded[],
  before: Before,
  held: ReadonlyMap<string, string>,
): ParamChanges {
  const values = new Map(
    [...before.params]
      .sort(([, a], [, b]) => a.at - b.at || a.seq - b.seq)
      .map(([name, { value }]) => [name, value] as const),
  );
  const there = new Map(held);
  const params = new Map<string, string>();
  const touched = new Set<string>();
  const long = new Map<string, LongText>();
  const note = (found: LongText | undefined, value: string): string => {
    if (found) long.set(found.path, found);
    return found?.shown ?? value;
  };
  let holds = flatAll(values);
  for (const event of batch) {
    if (event.kind !== "params.set") continue;
    for (const [name, value] of Object.entries(event.values as JsonObject)) {
      for (const old of values.has(name) ? flatParams({ name, value: values.get(name)! }) : []) touched.add(old.name);
      values.delete(name);
      values.set(name, value);
      for (const flat of flatParams({ name, value })) {
        touched.add(flat.name);
        if (there.has(flat.name)) continue;
        const shown = note(longText(flat.value, longestParam), flat.value);
        there.set(flat.name, shown);
        params.set(flat.name, shown);
      }
    }
    holds = flatAll(values);
  }
  const tags = new Map<string, string | null>();
  const changed: string[] = [];
  for (const name of touched) {
    const value = holds.get(name);
    const first = there.get(name);
    const isFirst = value !== undefined && first === (longText(value, longestParam)?.shown ?? value);
    tags.set(`param_removed.${name}`, value === undefined ? "" : null);
    tags.set(`param_changed.${name}`, value === undefined || isFirst ? null : note(longText(value, longestTag), value));
    if (!isFirst) changed.push(name);
  }
  return { params, tags, long: [...long.values()], changed };
}

function flatAll(values: ReadonlyMap<string, Named<JsonObject[string]>["value"]>): ReadonlyMap<string, string> {
  const flat = new Map<string, string>();
  for (const [name, value] of values)
    for (const param of flatParams({ name, value })) flat.set(param.name, param.value);
  return flat;
}

export const firstStays = "params that changed: the first value stays, the new one is a tag";
