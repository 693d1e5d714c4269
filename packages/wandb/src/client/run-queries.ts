// The fields are those that W&B's own client asks for and sends.

const inProject = "$entity: String!, $project: String!";
const inRun = `${inProject}, $run: String!`;
const ofProject = "project(name: $project, entityName: $entity)";

export const viewerQuery: string = "query Viewer { viewer { id entity username teams { edges { node { name } } } } }";

export const featuresQuery: string = "query ServerFeaturesQuery { serverInfo { features { name isEnabled } } }";

export const upsertMutation: string = `mutation UpsertBucket(
  $id: String, $name: String, $project: String, $entity: String, $groupName: String, $displayName: String,
  $notes: String, $commit: String, $config: JSONString, $host: String, $program: String, $repo: String,
  $jobType: String, $state: String, $tags: [String!], $summaryMetrics: JSONString
) {
  upsertBucket(input: {
    id: $id, name: $name, modelName: $project, entityName: $entity, groupName: $groupName, displayName: $displayName,
    notes: $notes, commit: $commit, config: $config, host: $host, jobProgram: $program, jobRepo: $repo,
    jobType: $jobType, state: $state, tags: $tags, summaryMetrics: $summaryMetrics
  }) {
    bucket { id name displayName historyLineCount project { name entity { name } } }
    inserted
  }
}`;

export const resumeQuery: string = `query RunResumeStatus($project: String, $entity: String, $name: String!) {
  model(name: $project, entityName: $entity) {
    bucket(name: $name, missingOk: true) {
      id name displayName summaryMetrics config tags notes wandbConfig(keys: ["t"])
      historyLineCount eventsLineCount logLineCount historyTail eventsTail
    }
  }
}`;

const runFields = `id name displayName state config summaryMetrics systemMetrics tags notes description group jobType commit
  sweepName createdAt heartbeatAt historyLineCount historyKeys user { name username }`;

export const runQuery: string = `query Run(${inRun}) { ${ofProject} { run(name: $run) { ${runFields} } } }`;

export const runsQuery: string = `query Runs(${inProject}, $cursor: String, $perPage: Int, $order: String, $filters: JSONString) {
  ${ofProject} {
    runs(filters: $filters, after: $cursor, first: $perPage, order: $order) {
      edges { node { ${runFields} } }
      pageInfo { endCursor hasNextPage }
    }
  }
}`;

export const countQuery: string = `query Runs(${inProject}, $filters: JSONString) {
  ${ofProject} { runCount(filters: $filters) }
}`;

export const historyKeysQuery: string = `query RunHistoryKeys(${inRun}) { ${ofProject} { run(name: $run) { historyKeys } } }`;

export const historyQuery: string = `query HistoryPage(${inRun}, $minStep: Int64!, $maxStep: Int64!, $pageSize: Int!) {
  ${ofProject} { run(name: $run) { history(minStep: $minStep, maxStep: $maxStep, samples: $pageSize) } }
}`;

export const sampledQuery: string = `query SampledHistoryPage(${inRun}, $spec: JSONString!) {
  ${ofProject} { run(name: $run) { sampledHistory(specs: [$spec]) } }
}`;

export const eventsQuery: string = `query RunFullHistory(${inRun}, $samples: Int) {
  ${ofProject} { run(name: $run) { events(samples: $samples) } }
}`;

export const logLinesQuery: string = `query RunConsoleLogPage(${inRun}, $first: Int, $after: String) {
  ${ofProject} {
    run(name: $run) {
      logLines(first: $first, after: $after, useImprovedPagination: true) {
        edges { node { number timestamp level label line } }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
}`;

export const filesQuery: string = `query RunFiles(${inRun}, $fileNames: [String], $after: String, $first: Int) {
  ${ofProject} {
    run(name: $run) {
      files(names: $fileNames, after: $after, first: $first) {
        edges { node { id name directUrl sizeBytes mimetype updatedAt md5 } }
        pageInfo { endCursor hasNextPage }
      }
    }
  }
}`;

export const createFilesMutation: string = `mutation CreateRunFiles(${inRun}, $files: [String!]!) {
  createRunFiles(input: { entityName: $entity, projectName: $project, runName: $run, files: $files }) {
    runID uploadHeaders files { name uploadUrl }
  }
}`;

export const markUploadedMutation: string = `mutation MarkRunFilesUploaded(${inRun}, $files: [String!]!) {
  markRunFilesUploaded(input: { entityName: $entity, projectName: $project, runName: $run, files: $files }) { success }
}`;

export const alertMutation: string = `mutation NotifyScriptableRunAlert(
  ${inRun}, $title: String!, $text: String!, $severity: AlertSeverity, $waitDuration: Duration
) {
  notifyScriptableRunAlert(input: {
    entityName: $entity, projectName: $project, runName: $run,
    title: $title, text: $text, severity: $severity, waitDuration: $waitDuration
  }) { success }
}`;

export const deleteMutation: string = `mutation DeleteRun($id: ID!, $deleteArtifacts: Boolean) {
  deleteRun(input: { id: $id, deleteArtifacts: $deleteArtifacts }) { clientMutationId }
}`;
