import { createHash } from "node:crypto";
import { type Dated, type FileRef, type RunEvent, type RunsOptions, unreadHash } from "@runferry/core";
import type { FileInfo } from "./client/index.ts";
import { isHydraConfig, longestConfig } from "./hydra-params.ts";
import { isImageCopy, isMediaPath, mediaEvent } from "./media-files.ts";
import { ownFolder } from "./names.ts";
import type { ReadableArtifacts } from "./records/records.ts";

export interface FilesReading {
  readonly artifacts: ReadableArtifacts;
  readonly root: string;
  readonly at: number;
  /** Gets the texts of Hydra's configuration, by path. */
  readonly configs: Map<string, string>;
  readonly files: RunsOptions["files"];
}

/** What a file of the run says; undefined for one that only goes with others. */
export async function fileEvent(
  { artifacts, root, at, configs, files }: FilesReading,
  { path, file_size: size }: FileInfo,
): Promise<Dated<RunEvent> | undefined> {
  if (path.startsWith(`${ownFolder}/`) || isImageCopy(path)) return undefined;
  const isConfig = isHydraConfig(path) && Number(size ?? 0) <= longestConfig;
  const isText = isConfig || (isMediaPath(path) && /\.(text|table|histogram|figure)\.(md|txt|json)$/.test(path));
  const parts: Uint8Array[] = [];
  const open = () => artifacts.get(root, path);
  const file = { path, ...(isText ? await digestOf(open(), parts) : await readFile(size, files, open)) };
  const text = () => Buffer.concat(parts).toString("utf8");
  if (isConfig) configs.set(path, text());
  return mediaEvent(file, text) ?? { kind: "artifact.logged", at, file };
}

/** A file as the server lists it, where that will do; some servers list no sizes. */
export async function readFile(
  size: number | undefined,
  files: RunsOptions["files"],
  open: () => AsyncIterable<Uint8Array>,
): Promise<Omit<FileRef, "path">> {
  return files === "listed" && size !== undefined ? { sha256: unreadHash, bytes: Number(size) } : digestOf(open());
}

/** `kept` gets the parts themselves. */
async function digestOf(content: AsyncIterable<Uint8Array>, kept?: Uint8Array[]): Promise<Omit<FileRef, "path">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const part of content) {
    hash.update(part);
    bytes += part.length;
    kept?.push(part);
  }
  return { sha256: hash.digest("hex"), bytes };
}
