import { type FileRef, isJsonObject, type Json } from "@runferry/core";
import type { Value } from "./messages.ts";
import { stringTensor } from "./tensor.ts";

const ownGraph = "_graphs_/";
/** Of a model.json, which holds no weights. */
const maxModelBytes = 16 * 1024 * 1024;

/** Whether a file may hold the layers of a Keras model, as TensorFlow.js writes them. */
export function isModelFile(file: FileRef): boolean {
  return /(?:^|\/)model\.json$/.test(file.path) && file.bytes <= maxModelBytes;
}

/** The layers in such a file, for GRAPHS under its folder; undefined where there are none. */
export function graphOf(file: FileRef, bytes: Uint8Array): Value | undefined {
  try {
    const topology = bytes.length === 0 ? undefined : topologyOf(JSON.parse(new TextDecoder().decode(bytes)) as Json);
    const tag = ownGraph + file.path.replace(/\/?model\.json$/, "").toWellFormed();
    return topology === undefined ? undefined : graphValue(tag, topology);
  } catch {
    return undefined; // the name alone does not make it a model
  }
}

export function isOwnGraph(tag: string): boolean {
  return tag.startsWith(ownGraph);
}

/** A Keras model, alone or as part of a file of TensorFlow.js. */
export function topologyOf(json: Json): Json | undefined {
  if (!isJsonObject(json)) return undefined;
  const inner = json.modelTopology ?? json.model_config;
  if (inner !== undefined) return topologyOf(inner);
  const { class_name: name, config } = json;
  if (typeof name !== "string" || config === undefined) return undefined;
  const layers = isJsonObject(config) ? config.layers : config;
  return Array.isArray(layers) ? json : undefined;
}

export function graphValue(tag: string, topology: Json): Value {
  const content = new Uint8Array([0x31]);
  const metadata = { pluginData: { pluginName: "graph_keras_model", content } };
  return { tag, tensor: stringTensor([JSON.stringify(topology)]), metadata };
}
