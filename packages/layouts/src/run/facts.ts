import {
  type EndStatus,
  isJsonList,
  isJsonObject,
  isSpelled,
  type Json,
  type JsonObject,
  type RunEvent,
  statusOfWord,
  stringifyJson,
} from "@runferry/core";

/** A text of a foreign record, where it is one that says something. */
export function textOf(record: JsonObject, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined;
    if (typeof value === "string" && value !== "") return value;
    if (typeof value === "number" || isSpelled(value)) return stringifyJson(value as Json);
  }
  return undefined;
}

export function objectOf(record: JsonObject, name: string): JsonObject {
  const value = Object.hasOwn(record, name) ? record[name]! : {};
  return isJsonObject(value) ? value : {};
}

/**
 * The tags of a record, `further` ones, and what else it says beyond what is `known` of it, or is a status that nobody knows: what somebody
 * noted does not stay behind. A tag goes over a field of its name, which then is `metadata.<name>`.
 */
export function tagsBeyond(
  record: JsonObject,
  known: readonly string[],
  further: { readonly [name: string]: string } = {},
): { readonly [name: string]: string } {
  const tags = { ...tagsOf(record.tags), ...further };
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(record)) {
    if (name === "tags" || value === null || value === "") continue;
    const isUnknownWord = name === "status" && statusOfWord(asText(value)) === undefined;
    if (known.includes(name) && !isUnknownWord) continue;
    fields.push([Object.hasOwn(tags, name) ? `metadata.${name}` : name, asText(value)]);
  }
  return { ...Object.fromEntries(fields), ...tags };
}

/** Tags as an object, a list of words or one word; values that are no text as JSON. */
export function tagsOf(value: Json | undefined): { readonly [name: string]: string } {
  if (isJsonList(value)) return Object.fromEntries(value.map((word) => [asText(word), ""]));
  if (value === undefined || value === null || value === "") return {};
  if (!isJsonObject(value)) return { [asText(value)]: "" };
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, asText(one)]));
}

export function asText(value: Json): string {
  return typeof value === "string" ? value : stringifyJson(value);
}

/** `params.set` and `tags.set`, where there is anything to set. */
export function startEvents(params: JsonObject, tags: { readonly [name: string]: string }): readonly RunEvent[] {
  const events: RunEvent[] = [];
  if (Object.keys(params).length > 0) events.push({ kind: "params.set", values: params });
  if (Object.keys(tags).length > 0) events.push({ kind: "tags.set", values: tags });
  return events;
}

/** How a run ended by its status and the time of its end; a run that was never finished has no end. */
export function endOf(
  status: string | undefined,
  finishedAt: number | undefined,
  fallback: number,
): { readonly event: RunEvent; readonly at: number } | undefined {
  const known = status === undefined ? (finishedAt === undefined ? "running" : "finished") : statusOfWord(status);
  if (known === "running") return undefined;
  // A word that nobody knows, on a run without an end: it is still running for all we can tell.
  if (known === undefined && finishedAt === undefined) return undefined;
  const word: EndStatus = known ?? "finished";
  return { event: { kind: "run.ended", status: word }, at: finishedAt ?? fallback };
}
