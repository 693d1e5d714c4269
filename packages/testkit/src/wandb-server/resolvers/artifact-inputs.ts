/** The inputs of the operations on artifacts, as the schema has them. */
export interface AliasInput {
  readonly artifactCollectionName: string;
  readonly alias: string;
}

export interface TagInput {
  readonly tagName: string;
}

export interface CreateArtifactInput {
  readonly entityName: string;
  readonly projectName: string;
  readonly runName?: string | null;
  readonly artifactTypeName: string;
  readonly artifactCollectionName?: string | null;
  readonly artifactCollectionNames?: readonly string[] | null;
  readonly digest: string;
  readonly digestAlgorithm: string;
  readonly description?: string | null;
  readonly metadata?: string | null;
  readonly aliases?: readonly AliasInput[] | null;
  readonly tags?: readonly TagInput[] | null;
  readonly ttlDurationSeconds?: number | null;
  readonly historyStep?: number | null;
  readonly enableDigestDeduplication?: boolean | null;
  readonly clientID?: string | null;
}

export interface FileSpecInput {
  readonly artifactID: string;
  readonly artifactManifestID?: string | null;
  readonly name: string;
  readonly md5: string;
  readonly mimetype?: string | null;
  readonly uploadPartsInput?: readonly PartInput[] | null;
}

export interface PartInput {
  readonly partNumber: number;
  readonly hexMD5: string;
}

export interface ManifestInput {
  readonly artifactID: string;
  readonly name: string;
  readonly digest: string;
}

export interface CompleteInput {
  readonly completedParts: readonly PartInput[];
  readonly artifactID: string;
  readonly storagePath: string;
  readonly uploadID: string;
}

export interface UpdateInput {
  readonly artifactID: string;
  readonly description?: string | null;
  readonly metadata?: string | null;
  readonly aliases?: readonly AliasInput[] | null;
  readonly tagsToAdd?: readonly TagInput[] | null;
  readonly tagsToDelete?: readonly TagInput[] | null;
  readonly ttlDurationSeconds?: number | null;
}

export interface UseInput {
  readonly entityName: string;
  readonly projectName: string;
  readonly runName: string;
  readonly artifactID: string;
  readonly usedAs?: string | null;
}

export interface LinkInput {
  readonly artifactPortfolioName?: string | null;
  readonly entityName?: string | null;
  readonly projectName?: string | null;
  readonly aliases?: readonly AliasInput[] | null;
  readonly artifactID?: string | null;
  readonly clientID?: string | null;
}
