import { jsonObjectOf } from "@runferry/http";
import { pauseOf } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { Lets } from "./sign-in.ts";
import type { Asking, RunPath } from "./types.ts";
import type { Call, Wire } from "./wire.ts";

/** Lines from a line number on. What stands there already is overwritten with the same. */
export interface StreamChunk {
  readonly offset: number;
  readonly lines: readonly string[];
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
    const call: Call = {
      asked: "file_stream",
      name: `file_stream of ${run}`,
      method: "POST",
      url: `/files/${[entity, project, run].map(encodeURIComponent).join("/")}/file_stream`,
      headers: { ...(await lets.in(signal)), "content-type": "application/json" },
      body: JSON.stringify(bodyOf(update)),
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

function bodyOf({ uploaded, preempting, exitCode, ...chunks }: StreamUpdate): object {
  const files = Object.entries(fileNames).flatMap(([key, name]) => {
    const chunk = chunks[key as keyof typeof fileNames];
    return chunk && chunk.lines.length > 0 ? [[name, { offset: chunk.offset, content: chunk.lines }]] : [];
  });
  return {
    ...(files.length > 0 ? { files: Object.fromEntries(files) } : {}),
    ...(uploaded && uploaded.length > 0 ? { uploaded } : {}),
    ...(preempting ? { preempting } : {}),
    ...(exitCode === undefined ? {} : { complete: true, exitcode: exitCode }),
  };
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
