import { type HeldArtifact, type HeldCollection, isoTime, type ManifestEntry } from "../state.ts";
import { collectionFields, typeFields } from "./artifact-collections.ts";
import type { Fields, ServerContext } from "./context.ts";
import { type PageArguments, page } from "./page.ts";
import { runFields } from "./runs.ts";
import { userFields } from "./viewer.ts";

interface FilesArguments extends PageArguments {
  readonly names?: readonly string[] | null;
}

interface EntriesArguments {
  readonly entries?: readonly { readonly name?: string | null }[] | null;
}

export function artifactFields(context: ServerContext, artifact: HeldArtifact): Fields {
  const { collection, createdBy } = artifact;
  return {
    __typename: "Artifact",
    id: artifact.id,
    artifactSequence: () => collectionFields(context, collection),
    versionIndex: artifact.version ?? null,
    artifactType: () => typeFields(context, collection.project, collection.type),
    description: artifact.description,
    metadata: artifact.metadata,
    ttlDurationSeconds: artifact.ttlDurationSeconds,
    ttlIsInherited: true,
    tags: artifact.tags.map((name) => ({ __typename: "Tag", id: name, name })),
    historyStep: artifact.historyStep,
    state: artifact.state,
    size: artifact.entries.reduce((sum, { size }) => sum + size, 0),
    digest: artifact.digest,
    digestAlgorithm: "MANIFEST_MD5",
    commitHash: artifact.digest.slice(0, 20),
    fileCount: artifact.entries.length,
    createdAt: isoTime(artifact.createdAt),
    updatedAt: artifact.updatedAt === null ? null : isoTime(artifact.updatedAt),
    aliases: () => aliasesOf(context, artifact, collection),
    currentManifest: () => manifestFields(context, artifact),
    createdBy: () =>
      createdBy ? runFields(context, createdBy) : { __typename: "User", ...userFields(context.entities) },
    usedBy: () =>
      page(
        [...context.state.runsById.values()].filter(({ inputs }) => inputs.has(artifact)),
        {},
        (run) => ({
          node: runFields(context, run),
        }),
      ),
    artifactMemberships: () => ({
      edges: [...collection.project.collections.values()]
        .filter(({ versions }) => versions.includes(artifact))
        .map((held) => ({ node: membershipFields(context, held, artifact) })),
    }),
    files: (asked: FilesArguments) => files(context, artifact, asked),
    filesByManifestEntries({ entries }: EntriesArguments) {
      const names = (entries ?? []).flatMap(({ name }) => (name ? [name] : []));
      return files(context, artifact, { names, first: names.length });
    },
  };
}

/** An artifact as a member of a collection: the one it was made in, or one it was linked to. */
export function membershipFields(context: ServerContext, collection: HeldCollection, artifact: HeldArtifact): Fields {
  return {
    __typename: "ArtifactCollectionMembership",
    id: `${collection.id}.${artifact.number}`,
    versionIndex: collection.versions.indexOf(artifact),
    createdAt: isoTime(artifact.createdAt),
    aliases: () => aliasesOf(context, artifact, collection),
    artifactCollection: () => collectionFields(context, collection),
    artifact: () => artifactFields(context, artifact),
    files: (asked: FilesArguments) => files(context, artifact, asked),
  };
}

function aliasesOf(context: ServerContext, artifact: HeldArtifact, collection: HeldCollection): readonly Fields[] {
  const own = [...collection.aliases].filter(([, held]) => held === artifact);
  return own.map(([alias]) => ({
    __typename: "ArtifactAlias",
    id: `${artifact.id}.${alias}`,
    alias,
    artifactCollection: () => collectionFields(context, collection),
  }));
}

export function manifestFields({ storage }: ServerContext, { manifest }: HeldArtifact): Fields | null {
  if (!manifest) return null;
  return {
    id: manifest.id,
    digest: manifest.digest,
    file: {
      id: `${manifest.id}.file`,
      name: manifest.name,
      displayName: manifest.name,
      directUrl: storage.sign("GET", manifest.key),
      uploadUrl: storage.sign("PUT", manifest.key),
      uploadHeaders: manifest.digest === "" ? [] : [`Content-MD5:${manifest.digest}`, "Content-Type:application/json"],
      sizeBytes: 0,
    },
  };
}

function files(context: ServerContext, { entries }: HeldArtifact, { names, ...asked }: FilesArguments): Fields {
  const chosen = entries.filter(({ path, ref }) => ref === undefined && (!names?.length || names.includes(path)));
  return page(chosen, asked, (entry) => ({ node: entryFields(context, entry) }));
}

function entryFields({ storage }: ServerContext, { path, digest, size, key }: ManifestEntry): Fields {
  const url = storage.sign("GET", key);
  return {
    __typename: "File",
    id: key,
    name: path,
    displayName: path,
    url,
    directUrl: url,
    sizeBytes: size,
    mimetype: null,
    updatedAt: null,
    md5: digest,
    digest,
    storagePath: key,
    uploadHeaders: [],
  };
}
