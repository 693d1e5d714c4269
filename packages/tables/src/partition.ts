import { createHash } from "node:crypto";

/** What engines read as no value. */
const noValue = "__HIVE_DEFAULT_PARTITION__";

/** With what stands before and behind it, it stays below the 255 bytes that a name may have. */
const maxBytes = 160;

/** Where the rows of a run are in each table: `experiment=ctr/run=01jd…`. */
export function runFolder(experiment: string | undefined, run: string): string {
  return `experiment=${partitionValue(experiment)}/run=${partitionValue(run)}`;
}

/**
 * A name as the value of a partition: percent-encoded, as engines decode it again. It never leads elsewhere. What is too
 * long is cut and told apart by a hash; the whole name is in the rows.
 */
export function partitionValue(name: string | undefined): string {
  if (name === undefined || name === "") return noValue;
  return name === noValue ? `%5F${name.slice(1)}` : shortened(percentEncoded(name), name, 16);
}

/** The run that such a folder is of. */
export function runOfFolder(folder: string): string | undefined {
  const value = folder.startsWith("run=") ? percentDecoded(folder.slice(4)) : undefined;
  return value !== undefined && `run=${partitionValue(value)}` === folder ? value : undefined;
}

/** What the files of a stream are called. Where case alone tells names apart, some file systems would take them for one. */
export function fileLabel(stream: string): string {
  const encoded = percentEncoded(stream);
  return /[A-Z]/.test(stream) ? marked(encoded.slice(0, maxBytes), stream, 8) : shortened(encoded, stream, 8);
}

export function streamOfLabel(label: string): string | undefined {
  const stream = percentDecoded(label.replace(/~[0-9a-f]{8}$/, ""));
  return stream !== undefined && fileLabel(stream) === label ? stream : undefined;
}

function percentEncoded(name: string): string {
  const hex = (character: string) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(name.toWellFormed()).replace(/[!~*'()]|^\.|\.$/g, hex);
}

function percentDecoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // not what is written here
  }
}

function shortened(encoded: string, name: string, digits: number): string {
  return encoded.length <= maxBytes ? encoded : marked(encoded.slice(0, maxBytes), name, digits);
}

function marked(start: string, name: string, digits: number): string {
  const hash = createHash("sha256").update(name).digest("hex").slice(0, digits);
  return `${start.replace(/%[0-9A-F]?$/, "")}~${hash}`;
}
