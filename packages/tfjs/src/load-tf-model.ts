import { RunferryError } from "@runferry/core";
import type { LoggedRun, ModelHandle } from "@runferry/tracker";
import { type TfModelFiles, tfModelFiles } from "./model-files.ts";

/** `tf` itself, or `@tensorflow/tfjs-layers`. */
export interface TfLoaders<M> {
  loadLayersModel(files: TfModelFiles): Promise<M>;
}

/**
 * Loads a LayersModel: by its path, by what `logTfModel` returned, or from a run that was read back, there the last one
 * or the one of that name. A GraphModel is loaded by `tf.loadGraphModel(tfModelFiles(path))`.
 */
export async function loadTfModel<M>(
  tf: TfLoaders<M>,
  from: string | ModelHandle | LoggedRun,
  name?: string,
): Promise<M> {
  return tf.loadLayersModel(tfModelFiles(pathOf(from, name)));
}

function pathOf(from: string | ModelHandle | LoggedRun, name: string | undefined): string {
  if (typeof from === "string") return from;
  if ("files" in from) {
    const file = from.files.find((one) => one.name === `${from.path}/model.json`);
    if (file?.path === undefined) throw notFound(`the model ${from.name} was not logged (it is ${from.status})`);
    return file.path;
  }
  const models = from.view().models.filter((model) => model.flavor === "tfjs");
  const found = models.findLast((model) => name === undefined || model.name === name);
  if (found) return from.artifact(`${found.path}/model.json`).path;
  const names = models.map((model) => model.name).join(", ") || "none";
  throw notFound(`${from.experiment}/${from.name} has no model ${name ?? "of TensorFlow.js"}; it has: ${names}`);
}

function notFound(what: string): RunferryError {
  return new RunferryError("not_found", what, { hint: "log one with logTfModel", data: "nothing was changed" });
}
