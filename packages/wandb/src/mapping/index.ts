export type {
  Alert,
  ArtifactFile,
  ConsoleLine,
  Definition,
  JsonTexts,
  Laid,
  LaidArtifact,
  MadeFile,
  Progress,
  Row,
  RunFields,
} from "./laid.ts";
export { noProgress } from "./laid.ts";
export { type Laying, layBatch } from "./lay-batch.ts";
export { consoleText, definitionList, rowText, wandbConfig, wrappedConfig } from "./texts.ts";
