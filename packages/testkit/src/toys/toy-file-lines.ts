import { join } from "node:path";
import {
  isJsonObject,
  type Json,
  type JsonObject,
  mapJsonObject,
  parseJson,
  type Recorded,
  stringifyJson,
} from "@runferry/core";
import { numberOf, numberText } from "./number-text.ts";

const extension = ".toy";

/** Names become safe for any file system; `=` stands between them and in neither. */
export function toyFilePath(folder: string, run: string, stream: string): string {
  return join(folder, `${encodeURIComponent(run)}=${encodeURIComponent(stream)}${extension}`);
}

/** The run and the stream of a file, or undefined for a file of someone else's. */
export function nameOfFile(file: string): { readonly run: string; readonly stream: string } | undefined {
  const parts = file.endsWith(extension) ? file.slice(0, -extension.length).split("=") : [];
  if (parts.length !== 2) return undefined;
  try {
    return { run: decodeURIComponent(parts[0]!), stream: decodeURIComponent(parts[1]!) };
  } catch {
    return undefined;
  }
}

// #region lines
/** What the file holds of one event. A line stands there even for one left out: the numbers of events have no gaps. */
export function linesOf({ seq, at }: Recorded, kept: readonly Recorded[]): string {
  if (kept.length === 0) return `${seq}\t${at}\tnothing\t{}\n`;
  return kept.map((event) => `${event.seq}\t${event.at}\t${event.kind}\t${stringifyJson(fieldsOf(event))}\n`).join("");
}
// #endregion lines

/** The event that a line holds; undefined for a line that is none. */
export function eventOf(line: string): Recorded | undefined {
  const [seq, at, kind, ...rest] = line.split("\t");
  if (kind === undefined || rest.length !== 1) return undefined;
  const stamp = { seq: Number(seq), at: Number(at) };
  if (kind === "nothing") return { ...stamp, kind: "tags.set", values: {} };
  const fields = jsonOf(rest[0]!);
  if (!fields) return undefined;
  if (kind !== "metrics.logged") return { ...stamp, kind, ...fields } as unknown as Recorded;
  return {
    ...stamp,
    kind,
    ...fields,
    values: mapJsonObject((fields.values ?? {}) as JsonObject, numberOf),
  } as Recorded;
}

function jsonOf(text: string): JsonObject | undefined {
  try {
    const json = parseJson(text);
    return isJsonObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(event: Recorded): JsonObject {
  const { seq: _seq, at: _at, kind: _kind, ...fields } = event;
  if (event.kind !== "metrics.logged") return fields as unknown as JsonObject;
  return { ...(fields as unknown as JsonObject), values: mapJsonObject(event.values, numberText) as Json };
}
