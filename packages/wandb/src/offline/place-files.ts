import { join } from "node:path";
import { isRunferryError, type Recorded, type WriteContext } from "@runferry/core";
import { sha256 } from "../hash.ts";
import { type ArtifactFile, filePath, type Laid, type LaidArtifact, layMedia } from "../mapping/index.ts";
import { artifactRecord, type StagedFile } from "./artifact-record.ts";
import type { SideEffects } from "./backend.ts";
import type { LogRecord } from "./messages.ts";
import type { RunDirectory } from "./run-directory.ts";
import { createStage } from "./stage-files.ts";

/** What was put beside the file for the events of a batch. */
export interface Placed {
  /** So many events of the batch; the one behind them has to wait or cannot be had. */
  readonly taken: number;
  readonly missing?: unknown;
  /** By the seq of the event. */
  readonly records: ReadonlyMap<number, readonly LogRecord[]>;
}

/** What is behind so many bytes of files in a batch waits for the next one, so that progress is saved between them. */
const fileBytesAtOnce = 64 * 1024 * 1024;

const fileTypes = { other: 0, media: 2 } as const;

/** Puts the files of events where `wandb sync` looks for them. */
export function createPlacing(directory: RunDirectory, context: WriteContext, effects: SideEffects) {
  const files = createStage(directory.files, context, effects);
  const artifacts = createStage(directory.artifacts, context, effects);

  async function placeEvent(event: Recorded, laid: Laid): Promise<{ records: LogRecord[]; bytes: number }> {
    const records: LogRecord[] = [];
    let bytes = 0;
    if (event.kind === "artifact.logged" && event.reference === undefined) {
      const path = filePath(event.file.path);
      bytes += (await files.copy(event.file, path)).bytes;
      records.push(filesRecord(path, fileTypes.other));
    }
    const media = event.kind === "media.logged" ? layMedia(event) : undefined;
    for (const { path, text } of media?.made ?? []) {
      bytes += (await files.write(text, path)).bytes;
      records.push(filesRecord(path, fileTypes.media));
    }
    if (media?.sent !== undefined && event.kind === "media.logged" && "file" in event.media && event.media.file) {
      bytes += (await files.copy(event.media.file, media.sent)).bytes;
      records.push(filesRecord(media.sent, fileTypes.media));
    }
    for (const artifact of laid.artifacts) {
      if (artifact.seq !== event.seq) continue;
      const staged = await stageAll(artifact);
      for (const one of staged) bytes += one.bytes;
      records.push(artifactRecord(artifact, laid.run!, staged));
    }
    return { records, bytes };
  }

  async function stageAll({ files: parts }: LaidArtifact): Promise<readonly StagedFile[]> {
    const staged: StagedFile[] = [];
    for (const part of parts) {
      const name = stagedName(part);
      const put = "text" in part ? await artifacts.write(part.text, name) : await artifacts.copy(part.file, name);
      staged.push({ ...put, path: part.path, place: join(directory.artifacts, name) });
    }
    return staged;
  }

  return {
    async place(batch: readonly Recorded[], laid: Laid): Promise<Placed> {
      const records = new Map<number, readonly LogRecord[]>();
      let bytes = 0;
      for (const [i, event] of batch.entries()) {
        try {
          const placed = await placeEvent(event, laid);
          if (placed.records.length > 0) records.set(event.seq, placed.records);
          bytes += placed.bytes;
        } catch (cause) {
          if (!isRunferryError(cause, "file_missing")) throw cause;
          return { taken: i, missing: cause, records };
        }
        if (bytes > fileBytesAtOnce) return { taken: i + 1, records };
      }
      return { taken: batch.length, records };
    },
  };
}

/** By the hash of the bytes: a path of anyone's would have to be made safe, and the same bytes are there once. */
function stagedName(part: ArtifactFile): string {
  return "text" in part ? sha256(part.text) : part.file.sha256;
}

function filesRecord(path: string, type: number): LogRecord {
  return { files: { files: [{ path, policy: 1, type }] } };
}
