import type { Dated, FileRef, Media, MediaLogged } from "@runferry/core";
import { describe, readDescription } from "./description.ts";
import { fenced, unfenced } from "./fence.ts";
import { type Histogram, histogramOfRows, histogramRows, rebin } from "./histogram.ts";
import type { Metadata, Tensor, Value } from "./messages.ts";
import { pictureSize } from "./picture-size.ts";
import { readTable, tableText } from "./table.ts";
import { tagOfMedia } from "./tags.ts";
import { numberTensor, stringTensor } from "./tensor.ts";

/** Larger ones would not pass between TensorBoard's own parts. */
export const maxFileBytes: number = 128 * 1024 * 1024;

export type MediaFate = { readonly media: Media; readonly converted?: string } | { readonly leftOut: string };

/** What of a piece of media an event file holds, in the form in which it is read back. */
export function keptMedia(media: Media): MediaFate {
  switch (media.type) {
    case "image":
    case "audio":
      return keptFile(media, media.file);
    case "figure":
      return media.file ? keptFile(media, media.file) : { leftOut: "figures without a picture" };
    case "histogram": {
      const { edges, counts } = rebin(media);
      const same = counts === media.counts && edges === media.edges;
      const kept: Media = { type: "histogram", edges, counts };
      return same ? { media: kept } : { media: kept, converted: "histograms to 30 buckets" };
    }
    case "table": {
      const table = readTable(tableText(media));
      return table ? { media: { type: "table", ...table } } : { leftOut: "tables that Markdown cannot show" };
    }
    case "text": {
      const kept = readText(textOfMedia(media));
      const same = kept.text === media.text && kept.format === media.format;
      return same ? { media: kept } : { media: kept, converted: "texts to Unicode and Markdown" };
    }
  }
}

function keptFile(media: Media & { readonly type: "image" | "audio" | "figure" }, file: FileRef): MediaFate {
  if (file.bytes > maxFileBytes) return { leftOut: "media files over 128 MiB" };
  const read = readDescription(describeFile(media, file, false));
  const kept: Media & { readonly file?: FileRef } = {
    type: media.type,
    file: { ...file, path: read.path ?? unnamedPath(file.sha256) },
    ...(read.caption === undefined ? {} : { caption: read.caption }),
  };
  if ((read.path ?? "") !== file.path || read.caption !== media.caption) {
    return { media: kept, converted: "captions and paths of media to Unicode on one line" };
  }
  if ("spec" in media && media.spec !== undefined) return { media: kept, converted: "figures without their spec" };
  const sized = ["width", "height", "sampleRate"].some((field) => field in media);
  return sized ? { media: kept, converted: "sizes and rates of media left to their files" } : { media: kept };
}

/** Where a file of media without a path of its own is said to be. */
export function unnamedPath(sha256: string): string {
  return `media/${sha256}`;
}

function describeFile(media: Media & { readonly caption?: string }, file: FileRef, counted: boolean): string {
  const path = /^[^\n`]+$/.test(file.path) && file.path.isWellFormed() ? { path: file.path } : {};
  const caption = media.caption === undefined || media.caption === "" ? {} : { caption: media.caption.toWellFormed() };
  return describe({ ...caption, ...path, counted });
}

function textOfMedia(media: Media & { readonly type: "text" }): string {
  return (media.format === "plain" ? fenced(media.text) : media.text).toWellFormed();
}

export function readText(text: string): Media & { readonly type: "text" } {
  const plain = unfenced(text);
  return plain === undefined ? { type: "text", text } : { type: "text", text: plain, format: "plain" };
}

/** The value that shows a piece of media that is kept. `bytes` are those of its file. */
export function mediaValue(event: MediaLogged | Dated<MediaLogged>, bytes: Uint8Array, counted: boolean): Value {
  const { media } = event;
  const tag = tagOfMedia(event.name, event.context, media.type);
  const marked: Metadata = counted ? { summaryDescription: describe({ counted }) } : {};
  switch (media.type) {
    case "image":
    case "figure": {
      return pictureValue(tag, bytes, describeFile(media, media.file!, counted));
    }
    case "audio": {
      return soundValue(tag, bytes, describeFile(media, media.file, counted));
    }
    case "histogram": {
      return histogramValue(tag, rebin(media), marked.summaryDescription);
    }
    case "table":
    case "text": {
      const text = media.type === "table" ? tableText(media) : textOfMedia(media);
      return { tag, tensor: stringTensor([text]), metadata: { pluginData: { pluginName: "text" }, ...marked } };
    }
  }
}

/** A picture as it is encoded. */
export function pictureValue(tag: string, bytes: Uint8Array, description?: string): Value {
  const { width, height } = pictureSize(bytes);
  const tensor = stringTensor([String(width), String(height), bytes], [3]);
  return { tag, tensor, metadata: metadataOf("images", description) };
}

/** A sound as it is encoded; of a WAV it is said. */
export function soundValue(tag: string, bytes: Uint8Array, description?: string): Value {
  const isWave = bytes.length > 12 && bytes[0] === 0x52 && bytes[1] === 0x49 && bytes[8] === 0x57;
  const metadata = metadataOf("audio", description, isWave ? wave : undefined);
  return { tag, tensor: stringTensor([bytes, ""], [1, 2]), metadata };
}

/** Counts between edges, of which there is one more. */
export function histogramValue(tag: string, counted: Histogram, description?: string): Value {
  const tensor = numberTensor([counted.counts.length, 3], histogramRows(counted));
  return { tag, tensor, metadata: metadataOf("histograms", description) };
}

const wave = new Uint8Array([0x10, 0x0b]);

function metadataOf(pluginName: string, summaryDescription = "", content?: Uint8Array): Metadata {
  const described = summaryDescription === "" ? {} : { summaryDescription };
  return { pluginData: content ? { pluginName, content } : { pluginName }, ...described };
}

/** A histogram of a tensor of the plugin. */
export function readHistogram(numbers: readonly number[]): Media {
  return { type: "histogram", ...histogramOfRows(numbers) };
}

/** A text of the plugin; several cells stand as a table with one column, as TensorBoard shows them. */
export function textOfTensor(tensor: Tensor, strings: readonly string[]): string {
  const sides = tensor.tensorShape?.dim?.length ?? 0;
  return sides === 0 || strings.length === 1 ? (strings[0] ?? "") : strings.join("\n\n");
}
