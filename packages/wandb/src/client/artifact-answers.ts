import type { ArtifactRecord, CreatedArtifactFile, NewArtifactFile } from "./artifact-types.ts";

export interface RawArtifact {
  readonly id: string;
  readonly state: string;
  readonly digest: string;
  readonly size: number | string;
  readonly fileCount: number | string | null;
  readonly description: string | null;
  readonly metadata: string | null;
  readonly historyStep: number | string | null;
  readonly createdAt: string | null;
  readonly versionIndex: number | null;
  readonly artifactSequence: {
    readonly name: string;
    readonly project: { readonly name: string; readonly entity: { readonly name: string } | null } | null;
  };
  readonly artifactType: { readonly name: string };
  readonly tags: readonly { readonly name: string }[] | null;
  readonly aliases: readonly { readonly alias: string }[] | null;
}

export interface RawArtifactFile {
  readonly storagePath: string | null;
  readonly uploadUrl: string | null;
  readonly uploadHeaders: readonly string[] | null;
  readonly uploadMultipartUrls: {
    readonly uploadID: string;
    readonly uploadUrlParts: readonly { readonly partNumber: number; readonly uploadUrl: string }[];
  } | null;
  readonly artifact: { readonly id: string } | null;
}

export function recordFrom(artifact: RawArtifact): ArtifactRecord {
  const { id, state, digest, description, metadata, createdAt, artifactSequence: sequence } = artifact;
  return {
    id,
    state,
    digest,
    name: sequence.name,
    entity: sequence.project?.entity?.name ?? "",
    project: sequence.project?.name ?? "",
    type: artifact.artifactType.name,
    version: artifact.versionIndex ?? undefined,
    bytes: Number(artifact.size),
    files: numberOf(artifact.fileCount),
    description: description ?? undefined,
    metadata: metadata ?? undefined,
    aliases: (artifact.aliases ?? []).map(({ alias }) => alias),
    tags: (artifact.tags ?? []).map(({ name }) => name),
    historyStep: numberOf(artifact.historyStep),
    createdAt: createdAt ?? undefined,
  };
}

export function createdFileFrom(place: RawArtifactFile, file: NewArtifactFile): CreatedArtifactFile {
  const { storagePath, uploadUrl, uploadHeaders, uploadMultipartUrls: multipart } = place;
  const { name } = file;
  return {
    name,
    birthArtifactId: place.artifact?.id ?? file.artifactId,
    storagePath: storagePath ?? undefined,
    target: uploadUrl ? { name, url: uploadUrl, headers: uploadHeaders ?? [] } : undefined,
    multipart: multipart ? { uploadId: multipart.uploadID, parts: multipart.uploadUrlParts } : undefined,
  };
}

/** 64-bit integers may come as texts. */
function numberOf(value: number | string | null): number | undefined {
  return value === null ? undefined : Number(value);
}
