import type { FileRef, Json, JsonObject, Media } from "@runferry/core";
import type { Bytes, MediaValue } from "./media-values.ts";
import { toJson, toJsonObject } from "./to-json.ts";

/** The value as an event holds it, its bytes in a file. `put` is done when it returns, so that the order is kept. */
export function mediaOf(value: MediaValue, put: (bytes: Bytes, name: string) => FileRef): Media {
  switch (value.type) {
    case "image": {
      const { type, caption, width, height } = value;
      const file = put(value.bytes, nameOf(value.bytes, value.format, "png"));
      return { type, file, ...given({ caption, width, height }) };
    }
    case "audio": {
      const { type, caption, sampleRate } = value;
      return {
        type,
        file: put(value.bytes, nameOf(value.bytes, value.format, "wav")),
        ...given({ caption, sampleRate }),
      };
    }
    case "histogram":
      return { type: "histogram", edges: value.edges, counts: value.counts };
    case "table": {
      const rows = value.rows.map((row) => Array.from(row, (cell): Json => toJson(cell)));
      return { type: "table", columns: value.columns.map(String), rows };
    }
    case "text":
      return { type: "text", text: String(value.text), ...given({ format: value.format }) };
    case "figure": {
      const { bytes, caption } = value;
      const file = bytes === undefined ? undefined : put(bytes, nameOf(bytes, value.format, "png"));
      const spec: JsonObject | undefined = value.spec && toJsonObject(value.spec);
      return { type: "figure", ...given({ file, spec, caption }) };
    }
  }
}

type Given<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
export function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}

/** Only its ending is kept; the file itself is named for its content. */
function nameOf(bytes: Bytes, format: string | undefined, fallback: string): string {
  if (format !== undefined) return `media.${format.replace(/^\./, "")}`;
  if (typeof bytes === "string") return bytes;
  return `media.${endings.find(([magic]) => magic.every((byte, i) => bytes[i] === byte))?.[1] ?? fallback}`;
}

const endings: readonly (readonly [magic: readonly number[], ending: string])[] = [
  [[0x89, 0x50, 0x4e, 0x47], "png"],
  [[0xff, 0xd8, 0xff], "jpg"],
  [[0x47, 0x49, 0x46, 0x38], "gif"],
  [[0x3c, 0x73, 0x76, 0x67], "svg"],
  [[0x3c, 0x3f, 0x78, 0x6d, 0x6c], "svg"],
  [[0x49, 0x44, 0x33], "mp3"],
  [[0x4f, 0x67, 0x67, 0x53], "ogg"],
  [[0x66, 0x4c, 0x61, 0x43], "flac"],
];
