/** Artifacts: how they are made, found, read and linked. */
export const artifactTypes = /* GraphQL */ `
  enum ArtifactState { PENDING COMMITTED DELETED }
  enum ArtifactDigestAlgorithm { MANIFEST_MD5 MANIFEST_XXH128 }
  enum ArtifactManifestType { FULL PATCH INCREMENTAL }
  enum ArtifactStorageLayout { V1 V2 }
  enum CompleteMultipartAction { Complete }

  type Artifact {
    id: ID! artifactSequence: ArtifactSequence! versionIndex: Int artifactType: ArtifactType! description: String
    metadata: JSONString ttlDurationSeconds: Int64! ttlIsInherited: Boolean! tags: [Tag!]! historyStep: Int64
    state: ArtifactState! size: Int64! digest: String! digestAlgorithm: ArtifactDigestAlgorithm commitHash: String
    fileCount: Int64! createdAt: DateTime! updatedAt: DateTime aliases: [ArtifactAlias!]!
    currentManifest: ArtifactManifest
    createdBy: ArtifactCreator
    usedBy: RunConnection
    artifactMemberships: ArtifactCollectionMembershipConnection
    files(names: [String!], after: String, first: Int): FileConnection
    filesByManifestEntries(
      entries: [ArtifactManifestEntryInput!], storageLayout: String!, manifestVersion: String!, storageRegion: String
    ): FileConnection
  }
  union ArtifactCreator = Run | User
  type ArtifactConnection { edges: [ArtifactEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type ArtifactEdge { node: Artifact cursor: String! version: String! }
  type ArtifactAlias { id: ID! alias: String! artifactCollection: ArtifactCollection }
  type ArtifactAliasConnection { edges: [ArtifactAliasEdge!]! pageInfo: PageInfo! }
  type ArtifactAliasEdge { node: ArtifactAlias cursor: String! }
  type Tag { id: ID! name: String! }
  type TagConnection { edges: [TagEdge!]! }
  type TagEdge { node: Tag! }
  type ArtifactManifest { id: ID! digest: String file: File! }
  type ClientIDMapping { serverID: ID }

  type ArtifactType {
    id: ID! name: String! description: String createdAt: DateTime!
    artifactCollections(after: String, first: Int, filters: JSONString, order: String): ArtifactCollectionConnection
    artifactCollection(name: String!): ArtifactCollection
  }
  type ArtifactTypeConnection { edges: [ArtifactTypeEdge!]! pageInfo: PageInfo! }
  type ArtifactTypeEdge { node: ArtifactType cursor: String! }

  interface ArtifactCollection {
    id: ID! name: String! description: String createdAt: DateTime! updatedAt: DateTime project: Project
    defaultArtifactType: ArtifactType! tags: TagConnection! state: String
    aliases(after: String, first: Int): ArtifactAliasConnection
    artifacts(after: String, first: Int, order: String, filters: JSONString): ArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
  }
  type ArtifactSequence implements ArtifactCollection {
    id: ID! name: String! description: String createdAt: DateTime! updatedAt: DateTime project: Project
    defaultArtifactType: ArtifactType! tags: TagConnection! state: String
    aliases(after: String, first: Int): ArtifactAliasConnection
    artifacts(after: String, first: Int, order: String, filters: JSONString): ArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
    latestArtifact: Artifact digestAlgorithm: ArtifactDigestAlgorithm
  }
  type ArtifactPortfolio implements ArtifactCollection {
    id: ID! name: String! description: String createdAt: DateTime! updatedAt: DateTime project: Project
    defaultArtifactType: ArtifactType! tags: TagConnection! state: String
    aliases(after: String, first: Int): ArtifactAliasConnection
    artifacts(after: String, first: Int, order: String, filters: JSONString): ArtifactConnection
    artifactMembership(aliasName: String!): ArtifactCollectionMembership
  }
  type ArtifactCollectionConnection { edges: [ArtifactCollectionEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type ArtifactCollectionEdge { node: ArtifactCollection cursor: String! }
  type ArtifactCollectionMembership {
    id: ID! versionIndex: Int createdAt: DateTime! aliases: [ArtifactAlias!]! artifactCollection: ArtifactCollection
    artifact: Artifact
    files(names: [String!], after: String, first: Int): FileConnection
  }
  type ArtifactCollectionMembershipConnection { edges: [ArtifactCollectionMembershipEdge!]! }
  type ArtifactCollectionMembershipEdge { node: ArtifactCollectionMembership }

  input ArtifactAliasInput { artifactCollectionName: String! alias: String! }
  input ArtifactCollectionAliasInput {
    entityName: String! projectName: String! artifactCollectionName: String! alias: String!
  }
  input TagInput { tagName: String! tagCategoryName: String attributes: JSONString }
  input CreateArtifactInput {
    entityName: String! projectName: String! runName: String artifactTypeName: String! artifactCollectionName: String
    artifactCollectionNames: [String!] digest: String! digestAlgorithm: ArtifactDigestAlgorithm! description: String
    metadata: JSONString aliases: [ArtifactAliasInput!] tags: [TagInput!] ttlDurationSeconds: Int64 historyStep: Int64
    enableDigestDeduplication: Boolean distributedID: String clientID: ID sequenceClientID: ID storageRegion: String
    labels: JSONString clientMutationId: String
  }
  type CreateArtifactPayload { artifact: Artifact! }
  input CreateArtifactManifestInput {
    artifactID: ID! baseArtifactID: ID name: String! digest: String! entityName: String! projectName: String!
    runName: String! type: ArtifactManifestType
  }
  input UpdateArtifactManifestInput { artifactManifestID: ID! digest: String baseArtifactID: ID }
  type ArtifactManifestPayload { artifactManifest: ArtifactManifest! }
  input UploadPartsInput { partNumber: Int64! hexMD5: String! }
  input CreateArtifactFileSpecInput {
    artifactID: ID! artifactManifestID: ID name: String! md5: String! mimetype: String uploadPartsInput: [UploadPartsInput!]
  }
  input CreateArtifactFilesInput {
    artifactFiles: [CreateArtifactFileSpecInput!]! storageLayout: ArtifactStorageLayout
    cloudRegionID: ID clientMutationId: String
  }
  type CreateArtifactFilesPayload { files: FileConnection! }
  input CompleteMultipartUploadArtifactInput {
    completeMultipartAction: CompleteMultipartAction! completedParts: [UploadPartsInput!]! artifactID: ID!
    storagePath: String! uploadID: String!
  }
  type CompleteMultipartUploadArtifactPayload { digest: String }
  input CommitArtifactInput { artifactID: ID! }
  type ArtifactPayload { artifact: Artifact }
  input UpdateArtifactInput {
    artifactID: ID! description: String metadata: JSONString labels: JSONString aliases: [ArtifactAliasInput!]
    tagsToAdd: [TagInput!] tagsToDelete: [TagInput!] ttlDurationSeconds: Int64 clientMutationId: String
  }
  input DeleteArtifactInput { artifactID: ID! deleteAliases: Boolean clientMutationId: String }
  input UseArtifactInput {
    entityName: String! projectName: String! runName: String! artifactID: ID! usedAs: String artifactEntityName: String
    artifactProjectName: String
  }
  input AddAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
  input DeleteAliasesInput { artifactID: ID! aliases: [ArtifactCollectionAliasInput!]! clientMutationId: String }
  input LinkArtifactInput {
    artifactPortfolioName: String artifactPortfolioID: ID entityName: String projectName: String
    aliases: [ArtifactAliasInput!] artifactID: ID clientID: ID clientMutationId: String
  }
  type LinkArtifactPayload { versionIndex: Int artifactMembership: ArtifactCollectionMembership }
  input ArtifactManifestEntryInput {
    name: String digest: String birthArtifactID: ID size: Int64 extra: JSONString ref: String
  }
`;
