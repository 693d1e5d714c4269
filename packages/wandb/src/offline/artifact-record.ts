import { createHash } from "node:crypto";
import type { LaidArtifact, RunFields } from "../mapping/index.ts";
import type { LogRecord, ManifestEntryMessage } from "./messages.ts";

/** A file of an artifact that lies where `wandb sync` will find it. */
export interface StagedFile {
  readonly path: string;
  readonly bytes: number;
  /** Base64. */
  readonly md5: string;
  readonly place: string;
}

/** An artifact as its record. It is named by its contents, so that the same is the same whoever uploads it. */
export function artifactRecord(artifact: LaidArtifact, run: RunFields, staged: readonly StagedFile[]): LogRecord {
  const sorted = [...staged].sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const contents = sorted.map(
    ({ path, bytes, md5, place }): ManifestEntryMessage => ({ path, digest: md5, size: bytes, localPath: place }),
  );
  const { type, name, description, metadata, aliases, role, seq } = artifact;
  return {
    artifact: {
      runId: run.id,
      project: run.project,
      type,
      name,
      digest: manifestDigest(contents),
      ...(description === undefined ? {} : { description }),
      metadata,
      // An input that nobody has uploaded yet is logged, and then used.
      ...(role === "input" ? { userCreated: true, useAfterCommit: true } : {}),
      aliases,
      manifest: {
        version: 1,
        storagePolicy: "wandb-storage-policy-v1",
        storagePolicyConfig: [{ key: "storageLayout", valueJson: '"V2"' }],
        contents,
      },
      finalize: true,
      digestAlgorithm: "MANIFEST_MD5",
      clientId: idOf(`${run.id} ${seq}`),
      sequenceClientId: idOf(`${run.project} ${type} ${name}`),
    },
  };
}

function manifestDigest(contents: readonly ManifestEntryMessage[]): string {
  const hash = createHash("md5").update("wandb-artifact-manifest-v1\n");
  for (const { path, digest } of contents) hash.update(`${path}:${digest}\n`);
  return hash.digest("hex");
}

/** 128 characters, as W&B's own clients draw them by lot. */
function idOf(text: string): string {
  return createHash("sha512").update(text).digest("hex");
}
