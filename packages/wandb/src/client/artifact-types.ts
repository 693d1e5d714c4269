import type { ProjectPath, RunPath, UploadTarget } from "./types.ts";

export type ArtifactState = "PENDING" | "COMMITTED" | "DELETED" | (string & {});

export interface NewArtifact extends ProjectPath {
  /** The run that logs it; without one it belongs to its user. */
  readonly run?: string;
  readonly type: string;
  /** The name of the collection. */
  readonly name: string;
  /** Hex, over the sorted manifest. */
  readonly digest: string;
  /** 128 random characters of a-z and 0-9 each, the same again when the call is repeated. */
  readonly clientId: string;
  readonly sequenceClientId: string;
  readonly aliases?: readonly string[];
  readonly description?: string;
  /** JSON text. */
  readonly metadata?: string;
  readonly tags?: readonly string[];
  readonly historyStep?: number;
}

export interface CreatedArtifact {
  readonly id: string;
  /** COMMITTED: the same content is there already, and nothing is to be done. */
  readonly state: ArtifactState;
  /** The version before it. */
  readonly latestId: string | undefined;
}

export interface NewManifest extends RunPath {
  readonly artifactId: string;
  readonly baseArtifactId?: string;
  /** Base64 of the MD5 of the manifest's bytes; empty where they are not known yet. */
  readonly digest: string;
  /** Whether to answer with where to put it. */
  readonly upload: boolean;
}

export interface CreatedManifest {
  readonly id: string;
  readonly target: UploadTarget | undefined;
}

export interface UploadPart {
  /** From 1 on. */
  readonly partNumber: number;
  readonly hexMD5: string;
}

export interface NewArtifactFile {
  readonly artifactId: string;
  readonly manifestId: string;
  readonly name: string;
  /** Base64. */
  readonly md5: string;
  /** For files that go up in parts. */
  readonly parts?: readonly UploadPart[];
}

export interface CreatedArtifactFile {
  readonly name: string;
  /** The artifact that holds its bytes, which the manifest names. */
  readonly birthArtifactId: string;
  readonly storagePath: string | undefined;
  /** Undefined: the server has these bytes already. */
  readonly target: UploadTarget | undefined;
  readonly multipart:
    | {
        readonly uploadId: string;
        readonly parts: readonly { readonly partNumber: number; readonly uploadUrl: string }[];
      }
    | undefined;
}

export interface ArtifactRecord {
  readonly id: string;
  /** The name of the collection it was logged to, and where that is. */
  readonly name: string;
  readonly entity: string;
  readonly project: string;
  readonly type: string;
  /** `v0` is 0. */
  readonly version: number | undefined;
  readonly state: ArtifactState;
  readonly digest: string;
  readonly bytes: number;
  readonly files: number | undefined;
  readonly description: string | undefined;
  /** JSON text. */
  readonly metadata: string | undefined;
  readonly aliases: readonly string[];
  readonly tags: readonly string[];
  readonly historyStep: number | undefined;
  readonly createdAt: string | undefined;
}
