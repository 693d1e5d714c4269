import { allPages } from "@runferry/http";
import { createdFileFrom, type RawArtifact, type RawArtifactFile, recordFrom } from "./artifact-answers.ts";
import * as queries from "./artifact-queries.ts";
import type {
  ArtifactRecord,
  CreatedArtifact,
  CreatedArtifactFile,
  CreatedManifest,
  NewArtifact,
  NewArtifactFile,
  NewManifest,
  UploadPart,
} from "./artifact-types.ts";
import type { Graphql } from "./graphql.ts";
import { type Connected, itemsOf, nextOf, there } from "./pages.ts";
import type { Asking, ProjectPath, RunPath } from "./types.ts";

/** The artifacts of a W&B server. The order of the calls is that of `create` to `commit`. */
export interface Artifacts {
  create(artifact: NewArtifact, asking?: Asking): Promise<CreatedArtifact>;
  createManifest(manifest: NewManifest, asking?: Asking): Promise<CreatedManifest>;
  /** Where to put files, in the order asked. */
  createFiles(files: readonly NewArtifactFile[], asking?: Asking): Promise<readonly CreatedArtifactFile[]>;
  /** `parts` with the tags that the store gave each part. */
  completeMultipart(
    file: Pick<CreatedArtifactFile, "birthArtifactId" | "storagePath" | "multipart">,
    parts: readonly UploadPart[],
    asking?: Asking,
  ): Promise<void>;
  commit(artifactId: string, asking?: Asking): Promise<void>;
  /** Notes that a run used an artifact. */
  use(path: RunPath, use: { readonly artifactId: string; readonly usedAs?: string }, asking?: Asking): Promise<void>;
  /** Links an artifact into a portfolio, such as a model registry's; gives the version there. */
  link(
    portfolio: ProjectPath & { readonly name: string },
    link: { readonly artifactId: string; readonly aliases?: readonly string[] },
    asking?: Asking,
  ): Promise<number | undefined>;
  /** What a run logged, or used. */
  ofRun(path: RunPath, which: "logged" | "used", asking?: Asking): AsyncIterable<ArtifactRecord>;
  get(id: string, asking?: Asking): Promise<ArtifactRecord>;
  /** `NAME:v3` or `NAME:alias`; undefined where there is none. */
  byName(path: ProjectPath, name: string, asking?: Asking): Promise<ArtifactRecord | undefined>;
  /** Where its manifest is. */
  manifestUrl(id: string, asking?: Asking): Promise<string>;
  /** Where the bytes of every file of a version are, in pages. */
  fileUrls(
    path: ProjectPath,
    artifact: { readonly name: string; readonly version: number },
    asking?: Asking,
  ): AsyncIterable<{ readonly name: string; readonly url: string }>;
}

export const manifestName = "wandb_manifest.json";

export function createArtifacts(graphql: Graphql): Artifacts {
  return {
    async create(artifact, asking) {
      const { entity, project, run, type, name, clientId, sequenceClientId, aliases, tags, ...same } = artifact;
      const input = {
        ...same,
        entityName: entity,
        projectName: project,
        runName: run,
        artifactTypeName: type,
        artifactCollectionName: name,
        digestAlgorithm: "MANIFEST_MD5",
        enableDigestDeduplication: true,
        clientID: clientId,
        sequenceClientID: sequenceClientId,
        aliases: (aliases ?? []).map((alias) => ({ artifactCollectionName: name, alias })),
        ...(tags && tags.length > 0 ? { tags: tags.map((tagName) => ({ tagName })) } : {}),
      };
      const { createArtifact } = await graphql<{
        readonly createArtifact: {
          readonly artifact: {
            readonly id: string;
            readonly state: string;
            readonly artifactSequence?: { readonly latestArtifact: { readonly id: string } | null } | null;
          };
        } | null;
      }>(queries.createMutation, { input }, asking);
      const { id, state, artifactSequence } = there(createArtifact?.artifact, `the artifact ${name}`);
      return { id, state, latestId: artifactSequence?.latestArtifact?.id };
    },
    async createManifest({ artifactId, baseArtifactId, digest, entity, project, run, upload }, asking) {
      const variables = {
        artifactID: artifactId,
        baseArtifactID: baseArtifactId,
        name: manifestName,
        digest,
        entityName: entity,
        projectName: project,
        runName: run,
        manifestType: "FULL",
        includeUpload: upload,
      };
      const { createArtifactManifest } = await graphql<{
        readonly createArtifactManifest: {
          readonly artifactManifest: {
            readonly id: string;
            readonly file?: { readonly uploadUrl?: string | null; readonly uploadHeaders?: readonly string[] | null };
          };
        } | null;
      }>(queries.createManifestMutation, variables, asking);
      const { id, file } = there(createArtifactManifest?.artifactManifest, `the manifest of ${artifactId}`);
      const url = upload ? file?.uploadUrl : undefined;
      return { id, target: url ? { name: manifestName, url, headers: file?.uploadHeaders ?? [] } : undefined };
    },
    async createFiles(files, asking) {
      const artifactFiles = files.map(({ artifactId, manifestId, name, md5, parts }) => ({
        artifactID: artifactId,
        artifactManifestID: manifestId,
        name,
        md5,
        uploadPartsInput: parts,
      }));
      const { createArtifactFiles } = await graphql<{
        readonly createArtifactFiles: { readonly files: Connected<RawArtifactFile> } | null;
      }>(queries.createFilesMutation, { input: { artifactFiles, storageLayout: "V2" } }, asking);
      const places = itemsOf(createArtifactFiles?.files);
      return files.map((file, i) => createdFileFrom(there(places[i], `a place for ${file.name}`), file));
    },
    async completeMultipart({ birthArtifactId, storagePath, multipart }, parts, asking) {
      const variables = {
        action: "Complete",
        parts,
        artifactID: birthArtifactId,
        storagePath,
        uploadID: multipart?.uploadId,
      };
      // The store puts the whole file together before the server answers.
      await graphql(queries.completeMultipartMutation, variables, { ...asking, withinMs: 10 * 60_000 });
    },
    async commit(artifactID, asking) {
      await graphql(queries.commitMutation, { artifactID }, asking);
    },
    async use({ entity, project, run }, { artifactId: artifactID, usedAs }, asking) {
      const input = { entityName: entity, projectName: project, runName: run, artifactID, usedAs };
      await graphql(queries.useMutation, { input }, asking);
    },
    async link({ entity, project, name }, { artifactId, aliases = [] }, asking) {
      const variables = {
        artifactPortfolioName: name,
        entityName: entity,
        projectName: project,
        artifactId,
        aliases: aliases.map((alias) => ({ artifactCollectionName: name, alias })),
      };
      const { linkArtifact } = await graphql<{
        readonly linkArtifact: { readonly versionIndex: number | null } | null;
      }>(queries.linkMutation, variables, asking);
      return linkArtifact?.versionIndex ?? undefined;
    },
    async *ofRun({ entity, project, run }, which, asking) {
      const found = allPages(
        async (cursor) => {
          const variables = { entity, project, run, cursor, perPage: 100 };
          const data = await graphql<{
            readonly project: { readonly run: { readonly artifacts: Connected<RawArtifact> } | null } | null;
          }>(queries.runArtifactsQuery(which), variables, asking);
          return there(data.project?.run, `the run ${entity}/${project}/${run}`).artifacts;
        },
        itemsOf,
        nextOf,
      );
      for await (const artifact of found) yield recordFrom(artifact);
    },
    async get(id, asking) {
      const data = await graphql<{ readonly artifact: RawArtifact | null }>(queries.artifactQuery, { id }, asking);
      return recordFrom(there(data.artifact, `the artifact ${id}`));
    },
    async byName({ entity, project }, name, asking) {
      const data = await graphql<{
        readonly project: {
          readonly artifactCollectionMembership: { readonly artifact: RawArtifact | null } | null;
        } | null;
      }>(queries.artifactByNameQuery, { entity, project, name }, asking);
      const found = data.project?.artifactCollectionMembership?.artifact;
      return found ? recordFrom(found) : undefined;
    },
    async manifestUrl(id, asking) {
      const data = await graphql<{
        readonly artifact: {
          readonly currentManifest: { readonly file: { readonly directUrl: string } | null } | null;
        } | null;
      }>(queries.manifestQuery, { id }, asking);
      return there(data.artifact?.currentManifest?.file?.directUrl, `the manifest of the artifact ${id}`);
    },
    async *fileUrls({ entity, project }, { name: collection, version }, asking) {
      const found = allPages(
        async (cursor) => {
          const variables = { entity, project, collection, alias: `v${version}`, cursor, perPage: 5000 };
          const data = await graphql<{
            readonly project: {
              readonly artifactCollection: {
                readonly artifactMembership: {
                  readonly files: Connected<{ readonly name: string; readonly directUrl: string }>;
                } | null;
              } | null;
            } | null;
          }>(queries.fileUrlsQuery, variables, asking);
          const membership = data.project?.artifactCollection?.artifactMembership;
          return there(membership, `the artifact ${entity}/${project}/${collection}:v${version}`).files;
        },
        itemsOf,
        nextOf,
      );
      for await (const { name, directUrl: url } of found) yield { name, url };
    },
  };
}
