import type { Asking, RunPath } from "./types.ts";

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

/** Lines in as few requests' worth as the limit on bodies allows, in order. */
export declare function cutLines(
  lines: readonly string[],
  limit?: number,
): readonly { readonly lines: readonly string[]; readonly bytes: number }[];
