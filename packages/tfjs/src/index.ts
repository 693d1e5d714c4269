export { loadTfModel, type TfLoaders } from "./load-tf-model.ts";
export { type LogTfModelOptions, logTfModel, type TfSavable } from "./log-tf-model.ts";
export type { CallbackOptions, TfCallback } from "./make-callback.ts";
export { type TfArtifacts, type TfLoaded, type TfModelFiles, type TfSaveResult, tfModelFiles } from "./model-files.ts";
export { type SummaryFileWriter, summaryFileWriter } from "./summary-file-writer.ts";
export { type TensorBoardCallbackOptions, tensorBoard } from "./tensor-board.ts";
export type {
  TfCallbacks,
  TfHandlers,
  TfLogs,
  TfTensor,
  TfTrained,
  TfWeight,
} from "./tf-shapes.ts";
export { type TfjsCallbackOptions, tfjsCallback } from "./tfjs-callback.ts";
