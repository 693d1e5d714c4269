import { createHash } from "node:crypto";
import type { Context, FileRef, Media, RunEvent } from "@runferry/core";
import { type Described, readDescription } from "./description.ts";
import { histogramOfLegacy } from "./histogram.ts";
import { isOwnGraph } from "./keras-graph.ts";
import { readHistogram, readText, textOfTensor, unnamedPath } from "./media-value.ts";
import type { Tensor, Value } from "./messages.ts";
import { readOwnText } from "./own-texts.ts";
import { readTable } from "./table.ts";
import { meaningOfMediaTag } from "./tags.ts";
import { numbersOf, sidesOf, stringsOf } from "./tensor.ts";

/** Bytes of a picture or a sound, and how it is found again in its event. */
export interface Blob {
  readonly sha256: string;
  readonly value: number;
  readonly index: number;
}

export interface ValuePlace {
  readonly tag: string;
  readonly step: number | undefined;
  readonly described: Described;
  readonly plugin: string;
  /** Which value of its event it is. */
  readonly index: number;
}

/** The bytes that a value holds, pictures and sounds alike. */
export function blobsOf(value: Value, plugin: string): readonly Uint8Array[] {
  if (value.image) return [value.image.encodedImageString ?? new Uint8Array(0)];
  if (value.audio) return [value.audio.encodedAudioString ?? new Uint8Array(0)];
  const strings = value.tensor?.stringVal ?? [];
  if (plugin === "images") return strings.slice(2);
  if (plugin !== "audio") return [];
  const [, columns] = sidesOf(value.tensor!);
  return columns === 2 ? strings.filter((_, i) => i % 2 === 0) : strings;
}

/** The plugin that a value belongs to by what it holds, or "" where only its metadata could tell. */
export function pluginOfFields(value: Value): string {
  if (value.image) return "images";
  if (value.audio) return "audio";
  if (value.histo) return "histograms";
  return value.simpleValue === undefined ? "" : "scalars";
}

/** The facts in a value that is no scalar. Kinds that no event has are told as such, with their tag. */
export function decodeValue(value: Value, place: ValuePlace, onBlob: (blob: Blob) => void): readonly RunEvent[] {
  switch (place.plugin) {
    case "images":
    case "audio":
      return decodeFiles(value, place, onBlob);
    case "histograms": {
      const media = value.histo ? legacyHistogram(value) : tensorHistogram(value.tensor);
      return media ? [mediaEvent(place, media)] : [unknownEvent(place)];
    }
    case "text":
      return value.tensor ? [decodeText(value.tensor, place)] : [unknownEvent(place)];
    case "graph_keras_model":
      return isOwnGraph(place.tag) ? [] : [unknownEvent(place)]; // what it was made of is no event file's to keep
    default:
      return [unknownEvent(place)];
  }
}

function decodeFiles(value: Value, place: ValuePlace, onBlob: (blob: Blob) => void): readonly RunEvent[] {
  const blobs = blobsOf(value, place.plugin);
  return blobs.map((bytes, index) => {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    onBlob({ sha256, value: place.index, index });
    const { caption, path } = place.described;
    const file: FileRef = {
      path: blobs.length === 1 && path ? path : unnamedPath(sha256),
      sha256,
      bytes: bytes.length,
    };
    const captioned = caption === undefined ? {} : { caption };
    if (place.plugin === "audio") return mediaEvent(place, { type: "audio", file, ...captioned });
    const isFigure = meaningOfMediaTag(place.tag).type === "figure";
    const media: Media = { type: isFigure ? "figure" : "image", file, ...captioned };
    // Several pictures of one step: TensorBoard tells them apart by their place.
    return mediaEvent(place, media, blobs.length === 1 ? "" : `/${index}`);
  });
}

function tensorHistogram(tensor: Tensor | undefined): Media | undefined {
  const numbers = tensor && numbersOf(tensor);
  if (!numbers || sidesOf(tensor).at(-1) !== 3) return undefined;
  return numbers.every(Number.isFinite) ? readHistogram(numbers) : undefined;
}

function legacyHistogram({ histo = {} }: Value): Media {
  const { bucketLimit = [], bucket = [], min = 0, max = 0 } = histo;
  return { type: "histogram", ...histogramOfLegacy(bucketLimit, bucket, min, max) };
}

function decodeText(tensor: Tensor, place: ValuePlace): RunEvent {
  const strings = stringsOf(tensor);
  const whole = textOfTensor(tensor, strings);
  const own = readOwnText(place.tag, sidesOf(tensor).length, strings, whole);
  if (own) return own;
  const table = meaningOfMediaTag(place.tag).type === "table" ? readTable(whole) : undefined;
  return mediaEvent(place, table ? { type: "table", ...table } : readText(whole));
}

function mediaEvent(place: ValuePlace, media: Media, more = ""): RunEvent {
  const { name, context }: { name: string; context: Context | undefined } = meaningOfMediaTag(place.tag);
  return {
    kind: "media.logged",
    name: name + more,
    ...(place.step === undefined ? {} : { step: place.step }),
    ...(context === undefined ? {} : { context }),
    media,
  };
}

function unknownEvent(place: ValuePlace): RunEvent {
  const was = `tensorboard.${place.plugin === "" ? "tensor" : place.plugin}`;
  const step = place.step === undefined ? {} : { step: place.step };
  return { kind: "unknown", was, fields: { tag: place.tag, ...step } };
}

export function describedBy(value: Value): Described {
  return readDescription(value.metadata?.summaryDescription ?? "");
}
