import type {
  ArtifactRecord,
  Asking,
  CreatedArtifact,
  CreatedArtifactFile,
  CreatedManifest,
  NewArtifact,
  NewArtifactFile,
  NewManifest,
  ProjectPath,
  RunPath,
  UploadPart,
} from "./types.ts";

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
