// The fields are those that W&B's own client asks for and sends.

const inProject = "$entity: String!, $project: String!";
const ofProject = "project(name: $project, entityName: $entity)";

export const createMutation: string = `mutation CreateArtifact($input: CreateArtifactInput!) {
  createArtifact(input: $input) { artifact { id state artifactSequence { latestArtifact { id } } } }
}`;

export const createManifestMutation: string = `mutation CreateArtifactManifest(
  $artifactID: ID!, $baseArtifactID: ID, $name: String!, $digest: String!, $entityName: String!, $projectName: String!,
  $runName: String!, $manifestType: ArtifactManifestType!, $includeUpload: Boolean!
) {
  createArtifactManifest(input: {
    artifactID: $artifactID, baseArtifactID: $baseArtifactID, name: $name, digest: $digest, entityName: $entityName,
    projectName: $projectName, runName: $runName, type: $manifestType
  }) {
    artifactManifest {
      id
      file { id uploadUrl @include(if: $includeUpload) uploadHeaders @include(if: $includeUpload) }
    }
  }
}`;

export const createFilesMutation: string = `mutation CreateArtifactFiles($input: CreateArtifactFilesInput!) {
  createArtifactFiles(input: $input) {
    files {
      edges {
        node {
          storagePath uploadUrl uploadHeaders
          uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } }
          artifact { id }
        }
      }
    }
  }
}`;

export const completeMultipartMutation: string = `mutation CompleteMultipartUploadArtifact(
  $action: CompleteMultipartAction!, $parts: [UploadPartsInput!]!, $artifactID: ID!, $storagePath: String!,
  $uploadID: String!
) {
  completeMultipartUploadArtifact(input: {
    completeMultipartAction: $action, completedParts: $parts, artifactID: $artifactID, storagePath: $storagePath,
    uploadID: $uploadID
  }) { digest }
}`;

export const commitMutation: string = `mutation CommitArtifact($artifactID: ID!) {
  commitArtifact(input: { artifactID: $artifactID }) { artifact { id digest } }
}`;

export const useMutation: string = `mutation UseArtifact($input: UseArtifactInput!) {
  useArtifact(input: $input) { artifact { id } }
}`;

export const linkMutation: string = `mutation LinkArtifact(
  $artifactPortfolioName: String!, $entityName: String!, $projectName: String!, $aliases: [ArtifactAliasInput!],
  $artifactId: ID
) {
  linkArtifact(input: {
    artifactPortfolioName: $artifactPortfolioName, entityName: $entityName, projectName: $projectName,
    aliases: $aliases, artifactID: $artifactId
  }) { versionIndex }
}`;

const artifactFields = `id state digest size fileCount description metadata historyStep createdAt versionIndex
  artifactSequence { name project { name entity { name } } }
  artifactType { name }
  tags { name }
  aliases { alias }`;

/** `logged` are the outputs of a run, `used` its inputs. */
export const runArtifactsQuery = (which: "logged" | "used"): string => {
  const [name, field] =
    which === "logged" ? ["RunOutputArtifacts", "outputArtifacts"] : ["RunInputArtifacts", "inputArtifacts"];
  return `query ${name}(${inProject}, $run: String!, $cursor: String, $perPage: Int) {
    ${ofProject} {
      run(name: $run) {
        artifacts: ${field}(after: $cursor, first: $perPage) {
          edges { node { ${artifactFields} } }
          pageInfo { endCursor hasNextPage }
        }
      }
    }
  }`;
};

export const artifactQuery: string = `query ArtifactByID($id: ID!) { artifact(id: $id) { ${artifactFields} } }`;

export const artifactByNameQuery: string = `query ArtifactMembershipByName(${inProject}, $name: String!) {
  ${ofProject} { artifactCollectionMembership(name: $name) { artifact { ${artifactFields} } } }
}`;

export const manifestQuery: string = `query FetchArtifactManifest($id: ID!) {
  artifact(id: $id) { currentManifest { file { directUrl } } }
}`;

export const fileUrlsQuery: string = `query GetArtifactMembershipFileUrls(
  ${inProject}, $collection: String!, $alias: String!, $cursor: String, $perPage: Int
) {
  ${ofProject} {
    artifactCollection(name: $collection) {
      artifactMembership(aliasName: $alias) {
        files(after: $cursor, first: $perPage) {
          edges { node { name directUrl } }
          pageInfo { endCursor hasNextPage }
        }
      }
    }
  }
}`;
