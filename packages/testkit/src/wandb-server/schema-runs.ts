/** Users, projects, runs, their history and files, as far as the SDK's operations show them. */
export const runTypes = /* GraphQL */ `
  "A JSON document in a string. It may hold the bare words NaN, Infinity and -Infinity."
  scalar JSONString
  "A JSON value in place."
  scalar JSON
  scalar Int64
  scalar DateTime
  "Milliseconds."
  scalar Duration

  type Query {
    viewer: User
    serverInfo: ServerInfo
    entity(name: String): Entity
    organization(name: String!): Organization
    project(name: String, entityName: String): Project
    model(name: String, entityName: String): Project
    models(entityName: String, after: String, first: Int): ProjectConnection
    artifact(id: ID!): Artifact
    artifactCollection(id: ID!): ArtifactCollection
    clientIDMapping(clientID: ID!): ClientIDMapping
  }

  type Mutation {
    upsertBucket(input: UpsertBucketInput!): UpsertBucketPayload
    rewindRun(input: RewindRunInput!): RewindRunPayload
    stopRun(input: StopRunInput!): SuccessPayload
    deleteRun(input: DeleteRunInput!): DeleteRunPayload
    updateRunState(input: UpdateRunStateInput!): SuccessPayload
    createRunFiles(input: CreateRunFilesInput!): CreateRunFilesPayload
    markRunFilesUploaded(input: MarkRunFilesUploadedInput!): SuccessPayload
    deleteFiles(input: DeleteFilesInput!): SuccessPayload
    notifyScriptableRunAlert(input: NotifyScriptableRunAlertInput!): SuccessPayload
    createArtifact(input: CreateArtifactInput!): CreateArtifactPayload
    createArtifactManifest(input: CreateArtifactManifestInput!): ArtifactManifestPayload
    updateArtifactManifest(input: UpdateArtifactManifestInput!): ArtifactManifestPayload
    createArtifactFiles(input: CreateArtifactFilesInput!): CreateArtifactFilesPayload
    completeMultipartUploadArtifact(input: CompleteMultipartUploadArtifactInput!): CompleteMultipartUploadArtifactPayload
    commitArtifact(input: CommitArtifactInput!): ArtifactPayload
    updateArtifact(input: UpdateArtifactInput!): ArtifactPayload
    deleteArtifact(input: DeleteArtifactInput!): ArtifactPayload
    useArtifact(input: UseArtifactInput!): ArtifactPayload
    addAliases(input: AddAliasesInput!): SuccessPayload
    deleteAliases(input: DeleteAliasesInput!): SuccessPayload
    linkArtifact(input: LinkArtifactInput!): LinkArtifactPayload
  }

  type SuccessPayload { success: Boolean clientMutationId: String }
  type PageInfo { endCursor: String hasNextPage: Boolean! }

  type User {
    id: ID! name: String! username: String email: String admin: Boolean flags: JSONString entity: String
    deletedAt: DateTime apiKeys: ApiKeyConnection teams: EntityConnection
  }
  type ApiKeyConnection { edges: [ApiKeyEdge!]! }
  type ApiKeyEdge { node: ApiKey }
  type ApiKey { id: ID! name: String! description: String }
  type EntityConnection { edges: [EntityEdge!]! }
  type EntityEdge { node: Entity }
  type Entity {
    id: ID! name: String! organization: Organization user: User xxhashDigestsEnabled: Boolean
  }
  type Organization { id: ID! name: String! coreWeaveOrganizationId: String orgEntity: Entity }
  type ServerInfo { features: [ServerFeature!] cliVersionInfo: JSON }
  type ServerFeature { name: String isEnabled: Boolean! }

  type ProjectConnection { edges: [ProjectEdge!]! pageInfo: PageInfo! }
  type ProjectEdge { node: Project cursor: String! }
  type Project {
    id: ID! internalId: ID! name: String! entityName: String! entity: Entity! description: String createdAt: DateTime!
    isBenchmark: Boolean! readOnly: Boolean user: User
    run(name: String!): Run
    bucket(name: String!, missingOk: Boolean): Run
    runs(filters: JSONString, after: String, first: Int, order: String): RunConnection
    runCount(filters: JSONString): Int!
    artifact(name: String!): Artifact
    artifactType(name: String!): ArtifactType
    artifactTypes(after: String, first: Int): ArtifactTypeConnection!
    artifactCollection(name: String!): ArtifactCollection
    artifactCollections(after: String, first: Int, filters: JSONString, order: String): ArtifactCollectionConnection
    artifactCollectionMembership(name: String!): ArtifactCollectionMembership
  }

  type RunConnection { edges: [RunEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type RunEdge { node: Run! cursor: String! }
  type Run {
    id: ID! projectId: Int! name: String! displayName: String description: String notes: String tags: [String!]
    state: String group: String jobType: String commit: String host: String program: String repo: String
    sweepName: String readOnly: Boolean createdAt: DateTime! heartbeatAt: DateTime user: User project: Project
    exitcode: Int stopped: Boolean
    config: JSONString wandbConfig(keys: [String!]): JSONString
    summaryMetrics: JSONString systemMetrics: JSONString
    historyLineCount: Int eventsLineCount: Int logLineCount: Int historyTail: JSONString eventsTail: JSONString
    historyKeys: JSON
    history(minStep: Int64, maxStep: Int64, samples: Int): [JSONString!]
    events(samples: Int): [JSONString!]
    sampledHistory(specs: [JSONString!]!): [JSON!]
    parquetHistory(liveKeys: [String!]!): ParquetHistory
    fileCount: Int
    files(names: [String], after: String, first: Int, pattern: String): FileConnection
    logLines(first: Int, after: String, last: Int, useImprovedPagination: Boolean): LogLineConnection
    outputArtifacts(after: String, first: Int): ArtifactConnection
    inputArtifacts(after: String, first: Int): ArtifactConnection
  }
  type ParquetHistory { parquetUrls: [String!]! liveData: [JSON!]! }

  type FileConnection { edges: [FileEdge!]! pageInfo: PageInfo! totalCount: Int! }
  type FileEdge { node: File cursor: String! }
  type File {
    id: ID! name: String! displayName: String! url(upload: Boolean): String directUrl: String! sizeBytes: Int64!
    mimetype: String updatedAt: DateTime md5: String digest: String storagePath: String artifact: Artifact
    uploadUrl: String uploadHeaders: [String!]! uploadMultipartUrls: UploadMultipartUrls
  }
  type UploadMultipartUrls { uploadID: String! uploadUrlParts: [UploadUrlPart!]! }
  type UploadUrlPart { partNumber: Int64! uploadUrl: String! }

  type LogLineConnection { edges: [LogLineEdge!]! pageInfo: PageInfo! }
  type LogLineEdge { node: LogLine! cursor: String! }
  type LogLine { number: Int! timestamp: DateTime level: String label: String line: String! }

  input UpsertBucketInput {
    id: String name: String modelName: String entityName: String groupName: String displayName: String notes: String
    description: String tags: [String!] jobType: String config: JSONString summaryMetrics: JSONString host: String
    jobProgram: String jobRepo: String commit: String debug: Boolean state: String sweep: String
  }
  type UpsertBucketPayload { bucket: Run inserted: Boolean }
  input RewindRunInput { runName: String! entityName: String projectName: String metricName: String! metricValue: Float! }
  type RewindRunPayload { rewoundRun: Run }
  input StopRunInput { id: ID! }
  input DeleteRunInput { id: ID! deleteArtifacts: Boolean }
  type DeleteRunPayload { clientMutationId: String }
  input UpdateRunStateInput { runId: ID! state: String! }

  input CreateRunFilesInput { entityName: String! projectName: String! runName: String! files: [String!]! }
  type CreateRunFilesPayload { runID: ID uploadHeaders: [String!]! files: [RunFileUpload!]! }
  type RunFileUpload { name: String! uploadUrl: String }
  input MarkRunFilesUploadedInput { entityName: String! projectName: String! runName: String! files: [String!]! }
  input DeleteFilesInput { files: [ID!]! projectId: Int }

  enum AlertSeverity { INFO WARN ERROR }
  input NotifyScriptableRunAlertInput {
    entityName: String! projectName: String! runName: String! title: String! text: String! severity: AlertSeverity
    waitDuration: Duration
  }
`;
