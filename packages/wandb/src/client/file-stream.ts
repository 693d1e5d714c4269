import { Readable } from "node:stream";
import { jsonObjectOf } from "@runferry/http";
import { pauseOf } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { LineBytes } from "./line-bytes.ts";
import type { Lets } from "./sign-in.ts";
import type { Asking, RunPath } from "./types.ts";
import type { Call, Wire } from "./wire.ts";

/** Lines from a line number on. What stands there already is overwritten with the same. */
export interface StreamChunk {
  readonly offset: number;
  readonly lines: readonly string[] | LineBytes;
}

export interface StreamUpdate {
  readonly history?: StreamChunk;
  readonly events?: StreamChunk;
  /** One line, always at the same offset. */
  readonly summary?: StreamChunk;
  readonly output?: StreamChunk;
  /** Files that are up. */
  readonly uploaded?: readonly string[];
  readonly preempting?: boolean;
  /** Ends the run with this code. */
  readonly exitCode?: number;
}

export interface StreamAnswer {
  /** Somebody asked on the page of the run that it stop. */
  readonly stopped: boolean;
  /** How long the server asks to be left alone. */
  readonly notBeforeMs: number | undefined;
}

/** Lines of a run. One request, with the offsets as given; an empty update only says that the run lives. */
export type FileStream = (path: RunPath, update: StreamUpdate, asking?: Asking) => Promise<StreamAnswer>;

/** The most bytes of lines in one request; one line alone may be longer. */
export const maxBodyBytes: number = 10 * 1024 * 1024;
/** The longest line of history, events or summary. */
export const maxLineBytes: number = maxBodyBytes - 100 * 1024;
/** The longest console line, in characters. */
export const maxConsoleLine = 4096;

export function createFileStream(wire: Wire, connection: Connection, lets: Lets): FileStream {
  return async ({ entity, project, run }, update, { signal } = {}) => {
    const { body, bytes } = bodyOf(update);
    const call: Call = {
      asked: "file_stream",
      name: `file_stream of ${run}`,
      method: "POST",
      url: `/files/${[entity, project, run].map(encodeURIComponent).join("/")}/file_stream`,
      headers: {
        ...(await lets.in(signal)),
        "content-type": "application/json",
        ...(bytes === undefined ? {} : { "content-length": String(bytes) }),
      },
      body,
      signal,
    };
    const reply = await wire.exchange(call, connection.timeouts.fileStreamMs);
    const { text } = reply;
    const said = jsonObjectOf(text);
    if (reply.status === 401) lets.forget();
    const isDone = reply.status >= 200 && reply.status < 300 && (said !== undefined || text.trim() === "");
    if (!isDone) throw wire.failureOf(call, reply, text);
    return { stopped: said?.stopped === true, notBeforeMs: pauseOf(reply.headers) };
  };
}

const fileNames = {
  history: "wandb-history.jsonl",
  events: "wandb-events.jsonl",
  summary: "wandb-summary.json",
  output: "output.log",
} as const;

/** The length is told where the body is more than one text. */
function bodyOf(update: StreamUpdate): { readonly body: string | Readable; readonly bytes?: number } {
  const { uploaded, preempting, exitCode, ...chunks } = update;
  const parts: (string | Uint8Array)[] = [];
  for (const [key, name] of Object.entries(fileNames)) {
    const chunk = chunks[key as keyof typeof fileNames];
    if (!chunk || ("json" in chunk.lines ? chunk.lines.count : chunk.lines.length) === 0) continue;
    const { offset, lines } = chunk;
    parts.push(`${parts.length === 0 ? '{"files":{' : ","}"${name}":{"offset":${offset},"content":`);
    if ("json" in lines) parts.push("[", lines.json, "]}");
    else parts.push(`${JSON.stringify(lines)}}`);
  }
  const rest = JSON.stringify({
    ...(uploaded && uploaded.length > 0 ? { uploaded } : {}),
    ...(preempting ? { preempting } : {}),
    ...(exitCode === undefined ? {} : { complete: true, exitcode: exitCode }),
  });
  if (parts.length === 0) return { body: rest };
  parts.push(rest === "{}" ? "}}" : `},${rest.slice(1)}`);
  if (parts.every((part) => typeof part === "string")) return { body: parts.join("") };
  const pieces = parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part));
  return { body: Readable.from(pieces), bytes: pieces.reduce((sum, piece) => sum + piece.length, 0) };
}

/** Lines in as few requests as the limit on bodies allows, in order. A line above the limit goes alone. */
export function cutLines(lines: readonly string[], limit: number = maxBodyBytes): readonly (readonly string[])[] {
  const bodies: string[][] = [];
  let held = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    const bytes = Buffer.byteLength(line);
    if (held + bytes > limit) {
      bodies.push([]);
      held = 0;
    }
    bodies.at(-1)!.push(line);
    held += bytes;
  }
  return bodies;
}
