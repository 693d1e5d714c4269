export { linesOf as consoleLines } from "./console-lines.ts";
export { exitCodeOf, isVoid, observedConfig, observedKey } from "./ends.ts";
export { numberText, parseExtended, parseExtendedConfig } from "./extended-json.ts";
export type {
  Alert,
  ArtifactFile,
  ConsoleLine,
  Definition,
  JsonTexts,
  Laid,
  LaidArtifact,
  Link,
  MadeFile,
  Progress,
  Row,
  RunFields,
} from "./laid.ts";
export { noProgress } from "./laid.ts";
export { type Laying, layBatch } from "./lay-batch.ts";
export { layMedia } from "./media.ts";
export { mergeRun, type RunParts } from "./merge-run.ts";
export { artifactPathOf, filePath, ownKey, projectName } from "./names.ts";
export { type RemoteArtifact, readDataset, readModel } from "./read-artifact.ts";
export { type ReadRun, type RemoteRun, readRun } from "./read-config.ts";
export { consoleLogged, readConsole, timeOf } from "./read-console.ts";
export type { RunFiles } from "./read-media.ts";
export { type RowReading, readRow } from "./read-row.ts";
export { consoleText, definitionList, objectText, rowText, wandbConfig, wrappedConfig } from "./texts.ts";
