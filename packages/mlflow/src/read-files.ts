import { createHash } from "node:crypto";
import { type Dated, type FileRef, type RunEvent, type RunsOptions, unreadHash } from "@runferry/core";
import type { FileInfo } from "./client/index.ts";
import { isHydraConfig, longestConfig } from "./hydra-params.ts";
import { isImageCopy, isMediaPath, mediaEvent } from "./media-files.ts";
import { ownFolder } from "./names.ts";
import type { ReadableArtifacts } from "./records/records.ts";

interface FilesReading {
  readonly files: RunsOptions["files"];
  readonly artifacts: ReadableArtifacts;
  readonly root: string;
  readonly at: number;
  readonly configs: Map<string, string>;
}

/** The event that a file of a run is; undefined for what MLflow or runferry keep for themselves. */
export async function fileEvent(
  { artifacts, root, at, configs, files }: FilesReading,
  { path, file_size: size }: FileInfo,
): Promise<Dated<RunEvent> | undefined> {
  if (path.startsWith(`${ownFolder}/`) || isImageCopy(path)) return undefined;
  const isConfig = isHydraConfig(path) && Number(size ?? 0) <= longestConfig;
  const isText = isConfig || (isMediaPath(path) && /\.(text|table|histogram|figure)\.(md|txt|json)$/.test(path));
  const parts: Uint8Array[] = [];
  const file: FileRef = (isText ? undefined : listedFile(path, size, files)) ?? {
    path,
    ...(await digestOf(artifacts.get(root, path), isText ? parts : undefined)),
  };
  const text = () => Buffer.concat(parts).toString("utf8");
  if (isConfig) configs.set(path, text());
  return mediaEvent(file, text) ?? { kind: "artifact.logged", at, file };
}

/** The file as the server lists it, where that will do; some servers list no sizes. */
export function listedFile(path: string, size: number | undefined, files: RunsOptions["files"]): FileRef | undefined {
  return files === "listed" && size !== undefined ? { path, sha256: unreadHash, bytes: Number(size) } : undefined;
}

/** `kept` gets the parts themselves. */
export async function digestOf(
  content: AsyncIterable<Uint8Array>,
  kept?: Uint8Array[],
): Promise<Omit<FileRef, "path">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const part of content) {
    hash.update(part);
    bytes += part.length;
    kept?.push(part);
  }
  return { sha256: hash.digest("hex"), bytes };
}
