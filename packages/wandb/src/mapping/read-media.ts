import {
  type Context,
  type Dated,
  type FileRef,
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  type Media,
  parseJson,
  problemOf,
  type RunEvent,
} from "@runferry/core";
import { figureFolder, plotlySuffix, tableSuffix } from "./media.ts";

/** The files of a run, as its source reaches them. */
export interface RunFiles {
  /** The text of a file, or undefined where it is not there. */
  text(path: string): Promise<string | undefined>;
  /** The file with its hash, or undefined where it is not there. */
  ref(path: string): Promise<FileRef | undefined>;
}

interface Head {
  readonly kind: "media.logged";
  readonly name: string;
  readonly at: number;
  readonly step?: number;
  readonly context?: Context;
}

interface Beside {
  readonly row: JsonObject;
  readonly column: string;
  readonly files: RunFiles;
}

/** Whether a column only accompanies the picture of a figure. */
export function isDerived(column: string, row: JsonObject): boolean {
  for (const suffix of [plotlySuffix, tableSuffix]) {
    if (!column.endsWith(suffix)) continue;
    const main = row[column.slice(0, -suffix.length)];
    if (isJsonObject(main) && main._type === "image-file") return true;
  }
  return false;
}

/** The media that a value of a row is; what has no form here is told as an unknown event. */
export async function readMedia(value: Json, head: Head, beside: Beside): Promise<readonly Dated<RunEvent>[]> {
  if (!isJsonObject(value) || typeof value._type !== "string") return value === null ? [] : [other(value, head)];
  if (value._type === "images/separated") return separated(value, head, beside.files);
  const media = await mediaOf(value, beside);
  if (!media) return [other(value, head)];
  const event = { ...head, media } as Dated<RunEvent>;
  return [problemOf(event) === undefined ? event : other(value, head)];
}

async function mediaOf(value: JsonObject, { row, column, files }: Beside): Promise<Media | undefined> {
  switch (value._type) {
    case "image-file":
      return imageOf(value, row[column + plotlySuffix], files);
    case "audio-file": {
      const file = fileIn(value);
      return file && { type: "audio", file, ...captionIn(value) };
    }
    case "histogram":
      return histogramOf(value);
    case "table-file": {
      const content = await jsonAt(value, files);
      if (!content || !isJsonList(content.columns) || !isJsonList(content.data)) return undefined;
      return { type: "table", columns: content.columns.map(String), rows: content.data.filter(isJsonList) };
    }
    case "plotly-file": {
      const spec = await jsonAt(value, files);
      return spec && { type: "figure", spec };
    }
    default:
      return undefined;
  }
}

async function imageOf(value: JsonObject, chart: Json | undefined, files: RunFiles): Promise<Media | undefined> {
  const file = fileIn(value);
  if (!file) return undefined;
  if (!file.path.startsWith(`media/${figureFolder}/`)) {
    const { width, height } = value;
    const sizes = {
      ...(typeof width === "number" ? { width } : {}),
      ...(typeof height === "number" ? { height } : {}),
    };
    return { type: "image", file, ...captionIn(value), ...sizes };
  }
  const spec = isJsonObject(chart) ? await jsonAt(chart, files) : undefined;
  return { type: "figure", file, ...captionIn(value), ...(spec ? { spec } : {}) };
}

/** Several pictures in one value. */
async function separated(value: JsonObject, head: Head, files: RunFiles): Promise<readonly Dated<RunEvent>[]> {
  const paths = isJsonList(value.filenames) ? value.filenames : [];
  const captions = isJsonList(value.captions) ? value.captions : [];
  const events: Dated<RunEvent>[] = [];
  for (const [i, path] of paths.entries()) {
    const file = typeof path === "string" ? await files.ref(path) : undefined;
    const caption = captions[i];
    if (!file) return [other(value, head)];
    const named = typeof caption === "string" ? { caption } : {};
    events.push({ ...head, name: `${head.name}/${i}`, media: { type: "image", file, ...named } });
  }
  return events;
}

function fileIn({ path, sha256, size }: JsonObject): FileRef | undefined {
  if (typeof path !== "string" || typeof sha256 !== "string" || typeof size !== "number") return undefined;
  return { path, sha256, bytes: size };
}

function captionIn({ caption }: JsonObject): { readonly caption?: string } {
  return typeof caption === "string" ? { caption } : {};
}

function histogramOf(value: JsonObject): Media | undefined {
  const { values, bins } = value;
  if (!isJsonList(values) || !isJsonList(bins)) return undefined;
  return { type: "histogram", edges: bins.map(Number), counts: values.map(Number) };
}

async function jsonAt({ path }: JsonObject, files: RunFiles): Promise<JsonObject | undefined> {
  const text = typeof path === "string" ? await files.text(path) : undefined;
  if (text === undefined) return undefined;
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined; // not what its name says
  }
}

function other(value: Json, { name, at, step }: Head): Dated<RunEvent> {
  const type = isJsonObject(value) && typeof value._type === "string" ? value._type : "value";
  const fields = { name, ...(step === undefined ? {} : { step }), value };
  return { kind: "unknown", was: `wandb.${type}`, fields, at };
}
