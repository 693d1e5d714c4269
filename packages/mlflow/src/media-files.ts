import {
  type Dated,
  type FileRef,
  type Json,
  type Media,
  type MediaLogged,
  parseJson,
  stringifyJson,
} from "@runferry/core";
import { sha256 } from "./hash.ts";
import { escapeImageKey, escapeSegment, imagePath } from "./names.ts";
import { textValue } from "./texts.ts";

/**
 * A media event as a file that MLflow's page shows: `media/<name>/step7_at1732181400123_ab12cd34ef56.table.json`, and
 * images by the names that it shows step by step.
 */
export interface MediaFile {
  /** Of the event, as it is kept. */
  readonly name: string;
  readonly step: number | undefined;
  readonly path: string;
  /** Where the same bytes lie once more: the page shows the one and opens the other. */
  readonly copy?: string;
  readonly media: Media;
  /** Undefined where the bytes are a file of the run. */
  readonly content: string | undefined;
}

/** Undefined for a figure of nothing. */
export function mediaFile(event: Dated<MediaLogged>): MediaFile | undefined {
  const { media, step } = event;
  const at = Math.floor(event.at);
  const folder = escapeSegment(event.name);
  const place = (hash: string, ending: string) => {
    const told = step === undefined ? "" : `step${step}_`;
    return `media/${folder}/${told}at${at}_${hash.slice(0, 12)}.${ending}`;
  };
  const said = (kept: Media, content: string, ending: string): MediaFile => ({
    name: folder,
    step,
    path: place(sha256(content), ending),
    media: kept,
    content,
  });
  const sent = (file: FileRef): MediaFile => {
    const path = place(file.sha256, `${media.type}.${extension(file.path)}`);
    return { name: folder, step, ...kept(file, path) };
  };
  const kept = (file: FileRef, path: string) => ({
    path,
    media: { type: media.type, file: { ...file, path } } as Media,
    content: undefined,
  });
  const shown = (file: FileRef): MediaFile => {
    const ending = extension(file.path);
    if (ending !== "png" && ending !== "webp") return sent(file);
    const key = escapeImageKey(event.name);
    const path = `images/${key}+step+${step ?? 0}+timestamp+${at}+${file.sha256.slice(0, 32)}`;
    const name = key.replaceAll("~", "/");
    return { name, step: step ?? 0, copy: `${path}+compressed.${ending}`, ...kept(file, `${path}.${ending}`) };
  };
  switch (media.type) {
    case "image":
      return shown(media.file);
    case "audio":
      return sent(media.file);
    case "text": {
      const text = textValue(media.text);
      const isMarkdown = media.format === "markdown";
      const kept: Media = { type: "text", text, format: isMarkdown ? "markdown" : "plain" };
      return said(kept, text, isMarkdown ? "text.md" : "text.txt");
    }
    case "table": {
      // The form of pandas' `orient="split"`, which MLflow's page shows as a table.
      const kept: Media = { type: "table", columns: media.columns, rows: media.rows };
      return said(kept, stringifyJson({ columns: media.columns, data: media.rows }), "table.json");
    }
    case "histogram": {
      const edges = media.edges;
      const kept: Media = { type: "histogram", edges, counts: media.counts };
      return said(kept, stringifyJson({ edges, counts: media.counts }), "histogram.json");
    }
    case "figure": {
      if (media.file) return sent(media.file);
      return media.spec && said({ type: "figure", spec: media.spec }, stringifyJson(media.spec), "figure.json");
    }
  }
}

function extension(path: string): string {
  return (/\.([A-Za-z0-9]{1,8})$/.exec(path)?.[1] ?? "bin").toLowerCase();
}

const pattern =
  /^media\/([^/]+)\/(?:step(-?\d+)_)?at(\d+)_[0-9a-f]{12}\.(image|audio|text|table|histogram|figure)\.(\w+)$/;

/** Whether a file is a media event or the copy of one, judged by its path. */
export function isMediaPath(path: string): boolean {
  return pattern.test(path) || imagePath.test(path);
}

/** Whether a file only repeats an image in small, or for its small place. */
export function isImageCopy(path: string): boolean {
  return imagePath.exec(path)?.[5] !== undefined;
}

/** The event that a file of such a path is. */
export function mediaEvent(file: FileRef, text: () => string): Dated<MediaLogged> | undefined {
  const image = imagePath.exec(file.path);
  if (image) {
    const [, key = "", , step, at] = image;
    const media = { type: "image", file } as const;
    return { kind: "media.logged", name: key.replace(/[~#]/g, "/"), step: Number(step), at: Number(at), media };
  }
  const found = pattern.exec(file.path);
  if (!found) return undefined;
  const [, name = "", step, at, type, ending] = found;
  const media = mediaOf(type!, ending!, file, text);
  if (!media) return undefined;
  return { kind: "media.logged", name, ...(step === undefined ? {} : { step: Number(step) }), at: Number(at), media };
}

function mediaOf(type: string, ending: string, file: FileRef, text: () => string): Media | undefined {
  if (type === "image" || type === "audio") return { type, file };
  if (type === "text") return { type, text: text(), format: ending === "md" ? "markdown" : "plain" };
  if (type === "figure" && ending !== "json") return { type, file };
  const json = jsonOf(text());
  if (type === "figure") return json && ({ type, spec: json } as Media);
  if (type === "table") return json && ({ type, columns: json.columns, rows: json.data } as unknown as Media);
  return json && ({ type, edges: json.edges, counts: json.counts } as unknown as Media);
}

function jsonOf(text: string): { readonly [key: string]: Json } | undefined {
  try {
    return parseJson(text) as { readonly [key: string]: Json };
  } catch {
    return undefined; // somebody else's file
  }
}
