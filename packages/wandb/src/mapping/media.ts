import {
  type Dated,
  type FileRef,
  isJsonList,
  isJsonObject,
  type Json,
  type JsonObject,
  type Media,
  type MediaLogged,
  sameJson,
  stringifyJson,
} from "@runferry/core";
import { sha256 } from "../hash.ts";
import { textForRow } from "./extended-json.ts";
import type { MadeFile } from "./laid.ts";
import { plainPart } from "./names.ts";

/** A media event at W&B: values of a row, and files beside it. */
export interface LaidMedia {
  /** By what comes behind the name of the column. The first one stands for the media. */
  readonly values: readonly (readonly [suffix: string, json: string])[];
  readonly made: readonly MadeFile[];
  /** Where the bytes of the run's own file go. */
  readonly sent?: string;
  /** As it is read back. */
  readonly kept: Media;
  readonly converted?: string | undefined;
}

/** Beside the picture of a figure: the spec where it is Plotly's, or else a table of its data. */
export const plotlySuffix = "_plotly";
export const tableSuffix = "_table";
/** More are not shown. */
const mostBins = 512;

type Event = Pick<MediaLogged, "name" | "step" | "media">;

/** Undefined for a figure of nothing. */
export function layMedia(event: Event): LaidMedia | undefined {
  const { media } = event;
  switch (media.type) {
    case "image":
      return picture(event, media, "images", "");
    case "audio":
      return sound(event, media);
    case "histogram":
      return histogram(media);
    case "table":
      return table(event, media.columns, media.rows);
    case "text":
      return text(media.text, media.format === undefined ? undefined : "texts without their format");
    case "figure":
      return figure(event, media);
  }
}

type OfType<T extends Media["type"]> = Media & { readonly type: T };

function picture(event: Event, media: OfType<"image">, folder: string, mark: string): LaidMedia {
  const { file, caption, width, height } = media;
  const format = extension(file.path, "png");
  const path = placeOf(event, folder, file.sha256, `${mark}${format}`);
  const kept = { ...media, file: { ...file, path } };
  const value = {
    _type: "image-file",
    ...fileFields(kept.file),
    format,
    ...(width === undefined ? {} : { width }),
    ...(height === undefined ? {} : { height }),
    ...(caption === undefined ? {} : { caption }),
  };
  return { values: [["", stringifyJson(value)]], made: [], sent: path, kept, converted: otherPath };
}

const otherPath = "media files under W&B's own paths";

function sound(event: Event, { file, caption, sampleRate }: OfType<"audio">): LaidMedia {
  const path = placeOf(event, "audio", file.sha256, extension(file.path, "wav"));
  const kept: Media = { type: "audio", file: { ...file, path }, ...(caption === undefined ? {} : { caption }) };
  const value = { _type: "audio-file", ...fileFields(kept.file), ...(caption === undefined ? {} : { caption }) };
  const converted = sampleRate === undefined ? otherPath : `${otherPath}, without the sample rate`;
  return { values: [["", stringifyJson(value)]], made: [], sent: path, kept, converted };
}

function histogram({ edges, counts }: OfType<"histogram">): LaidMedia {
  const share = Math.ceil(counts.length / mostBins);
  const isWide = share > 1;
  const values = isWide ? shares(counts, share).map((part) => part.reduce((sum, one) => sum + one, 0)) : counts;
  const bins = isWide ? [...edges.filter((_, i) => i % share === 0 && i < counts.length), edges.at(-1)!] : edges;
  const kept: Media = { type: "histogram", edges: bins, counts: values };
  const value = { _type: "histogram", values, bins };
  const converted = isWide ? `histograms to ${mostBins} bins` : undefined;
  return { values: [["", stringifyJson(value)]], made: [], kept, converted };
}

function shares<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

function table(event: Event, columns: readonly string[], rows: readonly (readonly Json[])[]): LaidMedia {
  const made = madeFile(event, "table", stringifyJson({ columns, data: rows }), "table.json");
  const value = {
    _type: "table-file",
    ncols: columns.length,
    nrows: rows.length,
    log_mode: "IMMUTABLE",
    ...fileFields(made.file),
  };
  const kept: Media = { type: "table", columns, rows };
  return { values: [["", stringifyJson(value)]], made: [made], kept };
}

function text(words: string, converted: string | undefined): LaidMedia {
  return { values: [["", textForRow(words)]], made: [], kept: { type: "text", text: words }, converted };
}

function figure(event: Event, { file, spec, caption }: OfType<"figure">): LaidMedia | undefined {
  const drawn = file && figurePicture(event, file, caption);
  const charted = spec && isPlotly(spec) ? plotly(event, spec) : undefined;
  const told = spec && !charted ? dataOf(spec) : undefined;
  if (!drawn) {
    if (charted) return { ...charted, converted: caption === undefined ? undefined : "figures without their caption" };
    if (told) return { ...table(event, told.columns, told.rows), converted: "figures as a table of their data" };
    return spec && text(stringifyJson(spec), "figures as the text of their spec");
  }
  const kept: Media = { ...drawn.kept, type: "figure" } as Media;
  if (charted) {
    const made = charted.made;
    const values = [...drawn.values, [plotlySuffix, charted.values[0]![1]] as const];
    return { ...drawn, values, made, kept: { ...kept, spec: spec! } as Media };
  }
  const asTable = told && table(event, told.columns, told.rows);
  return {
    ...drawn,
    kept,
    values: [...drawn.values, ...(asTable ? [[tableSuffix, asTable.values[0]![1]] as const] : [])],
    made: asTable?.made ?? [],
    converted: spec ? "figures: the picture, and of the spec the data as a table" : otherPath,
  };
}

/** The folder says that it is a figure. */
export const figureFolder = "images/figures";

function figurePicture(event: Event, file: FileRef, caption: string | undefined): LaidMedia {
  return picture(event, { type: "image", file, ...(caption === undefined ? {} : { caption }) }, figureFolder, "");
}

function plotly(event: Event, spec: JsonObject): LaidMedia {
  const made = madeFile(event, "plotly", stringifyJson(spec), "plotly.json");
  const value = { _type: "plotly-file", ...fileFields(made.file) };
  return { values: [["", stringifyJson(value)]], made: [made], kept: { type: "figure", spec } };
}

/** A Plotly figure has a list of traces. */
function isPlotly({ data }: JsonObject): boolean {
  return isJsonList(data) && data.every(isJsonObject);
}

/** The data that a Vega-Lite spec holds, as a table. */
function dataOf({ data }: JsonObject): { columns: readonly string[]; rows: readonly (readonly Json[])[] } | undefined {
  const values = isJsonObject(data) ? data.values : undefined;
  if (!isJsonList(values) || values.length === 0 || !values.every(isJsonObject)) return undefined;
  const columns = [...new Set(values.flatMap((row) => Object.keys(row)))];
  return { columns, rows: values.map((row) => columns.map((column) => row[column] ?? null)) };
}

function madeFile(
  event: Event,
  folder: string,
  content: string,
  ending: string,
): MadeFile & { readonly file: FileRef } {
  const hash = sha256(content);
  const path = placeOf(event, folder, hash, ending);
  return { path, text: content, file: { path, sha256: hash, bytes: Buffer.byteLength(content) } };
}

/** The hash tells contents apart, so that the name need not be kept exactly. */
function placeOf({ name, step }: Event, folder: string, hash: string, ending: string): string {
  return `media/${folder}/${plainPart(name)}_${step ?? 0}_${hash.slice(0, 20)}.${ending}`;
}

function fileFields({ path, sha256: hash, bytes }: FileRef): { path: string; sha256: string; size: number } {
  return { path, sha256: hash, size: bytes };
}

function extension(path: string, usual: string): string {
  return (/\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1] ?? usual).toLowerCase();
}

/** What the rules of the mapping say of a media event. */
export function keptMedia(
  event: Dated<MediaLogged>,
): { readonly kept: Dated<MediaLogged>; readonly converted?: string | undefined } | { readonly leftOut: string } {
  const laid = layMedia(event);
  if (!laid) return { leftOut: "figures of nothing" };
  const same = sameJson(laid.kept as unknown as Json, event.media as unknown as Json);
  return { kept: { ...event, media: laid.kept }, converted: same ? undefined : laid.converted };
}
