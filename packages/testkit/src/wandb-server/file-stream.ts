import { gunzipSync } from "node:zlib";
import type { Answer } from "./answer.ts";
import { type Chunk, type LineFile, lineFiles } from "./run-lines.ts";
import type { HeldRun, WandbState } from "./state.ts";

/** One request to `/files/{entity}/{project}/{run}/file_stream`; every part may be missing. */
export interface FileStreamBody {
  readonly files?: Readonly<Record<string, Chunk>>;
  readonly uploaded?: readonly string[];
  readonly preempting?: boolean;
  readonly complete?: boolean;
  readonly exitcode?: number;
}

/** The largest request that is taken. */
export const largestBody: number = 32 << 20;
const farthestOffset = 100_000_000;

/** What a body says; undefined where it is no JSON object. */
export function parseFileStream(body: Buffer, encoding: string | undefined): FileStreamBody | undefined {
  try {
    const parsed: unknown = JSON.parse((encoding === "gzip" ? gunzipSync(body) : body).toString("utf8"));
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps what a body says of a run. Whatever is said, the run is taken to be alive by it. */
export function takeFileStream(state: WandbState, run: HeldRun, body: FileStreamBody): Answer {
  const chunks = Object.entries(body.files ?? {});
  const wrong = chunks.find(([file, chunk]) => !isLineFile(file) || !isChunk(chunk));
  if (wrong) return { status: 400, body: { error: `${wrong[0]}: no lines with an offset` } };
  for (const [file, chunk] of chunks) {
    run.lines.put(file as LineFile, chunk);
    // The summary is one line, sent whole each time.
    if (file === "wandb-summary.json") run.summary = chunk.content.at(-1) ?? run.summary;
  }
  for (const path of body.uploaded ?? []) run.reported.add(path);
  run.heartbeatAt = state.now();
  if (body.complete === true) {
    run.exitcode = body.exitcode ?? 0;
    run.state = run.exitcode === 0 ? "finished" : "failed";
  } else {
    run.state = body.preempting === true ? "preempting" : "running";
    run.exitcode = null;
  }
  return { status: 200, body: run.stopping ? { stopped: true } : {} };
}

function isLineFile(file: string): file is LineFile {
  return lineFiles.some((known) => known === file);
}

function isChunk(chunk: Chunk): boolean {
  const { offset, content } = chunk;
  if (!Number.isSafeInteger(offset) || offset < 0 || offset > farthestOffset) return false;
  return Array.isArray(content) && content.every((line) => typeof line === "string");
}
