import { mkdir, open, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf, RunferryError } from "@runferry/core";

/** What TensorFlow.js hands to whoever saves a model, and wants from whoever loads one. */
export interface TfArtifacts {
  readonly modelTopology?: object;
  readonly weightSpecs?: readonly object[];
  readonly weightData?: ArrayBuffer | readonly ArrayBuffer[];
}

export interface TfSaveResult {
  modelArtifactsInfo: { dateSaved: Date; modelTopologyType: "JSON" };
}

/** What `model.save`, `tf.loadLayersModel` and `tf.loadGraphModel` take for a place. */
export interface TfModelFiles {
  save(artifacts: TfArtifacts): Promise<TfSaveResult>;
  load(): Promise<TfLoaded>;
}

export interface TfLoaded {
  modelTopology?: object;
  weightSpecs?: never;
  weightData?: ArrayBuffer;
}

const modelFile = "model.json";
const weightsFile = "weights.bin";

/** A model on disk, `model.json` and its weights, as `file://` is in tfjs-node: here for plain TensorFlow.js too. */
export function tfModelFiles(path: string): TfModelFiles {
  return {
    async save(artifacts) {
      const { modelTopology, weightSpecs = [], weightData = [], ...more } = artifacts;
      if (modelTopology === undefined || modelTopology instanceof ArrayBuffer) {
        throw damaged(path, "its topology is no JSON", "save a LayersModel, or a GraphModel that was loaded from JSON");
      }
      const weightsManifest = [{ paths: [weightsFile], weights: weightSpecs }];
      const buffers = weightData instanceof ArrayBuffer ? [weightData] : weightData;
      await mkdir(path, { recursive: true });
      const weights = await open(join(path, weightsFile), "w");
      try {
        for (const buffer of buffers) await weights.writeFile(new Uint8Array(buffer));
      } finally {
        await weights.close();
      }
      await writeFile(join(path, modelFile), JSON.stringify({ ...more, modelTopology, weightsManifest }));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" } };
    },
    async load() {
      const file = (await isFolder(path)) ? join(path, modelFile) : path;
      const { weightsManifest = [], ...more } = await readModel(file);
      const groups = groupsOf(file, weightsManifest);
      const paths = groups.flatMap((group) => group.paths.map((one) => weightsPath(file, one)));
      const buffers = await Promise.all(paths.map((one) => readWeights(file, one)));
      // What the weights are like is TensorFlow.js's to check.
      const weightSpecs = groups.flatMap(({ weights }) => weights) as unknown as never;
      return { ...more, weightSpecs, weightData: joined(buffers) };
    },
  };
}

interface ModelJson {
  readonly modelTopology?: object;
  readonly weightsManifest?: unknown;
}

interface WeightsGroup {
  readonly paths: readonly unknown[];
  readonly weights: readonly unknown[];
}

function groupsOf(file: string, manifest: unknown): readonly WeightsGroup[] {
  const isGroup = (group: Partial<WeightsGroup> | null) => Array.isArray(group?.paths) && Array.isArray(group.weights);
  if (Array.isArray(manifest) && manifest.every(isGroup)) return manifest as readonly WeightsGroup[];
  throw damaged(file, "its weightsManifest is no list of groups", "log the model again");
}

async function readModel(file: string): Promise<ModelJson> {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw notFound(`the model ${file} cannot be read: ${messageOf(cause)}`, cause);
  });
  try {
    const model = JSON.parse(text) as ModelJson;
    if (typeof model.modelTopology !== "object") throw new Error("there is no modelTopology in it");
    return model;
  } catch (cause) {
    throw damaged(file, `it is no model of TensorFlow.js: ${messageOf(cause)}`, "log the model again", cause);
  }
}

/** Beside the model, or below. */
function weightsPath(file: string, name: unknown): string {
  const parts = typeof name === "string" ? name.split(/[/\\]/) : [""];
  if (parts.some((part) => part === "" || part === ".." || part.includes("\0"))) {
    throw damaged(file, `it names weights outside of its folder: ${String(name)}`, "do not trust this file");
  }
  return join(dirname(file), ...parts);
}

async function readWeights(model: string, path: string): Promise<Uint8Array> {
  return readFile(path).catch((cause: unknown) => {
    throw notFound(`weights of the model ${model} cannot be read: ${messageOf(cause)}`, cause);
  });
}

function joined(buffers: readonly Uint8Array[]): ArrayBuffer {
  const whole = new Uint8Array(buffers.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const buffer of buffers) {
    whole.set(buffer, at);
    at += buffer.length;
  }
  return whole.buffer;
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined); // what is wrong with it is told when it is read
  return found?.isDirectory() ?? false;
}

function notFound(what: string, cause: unknown): RunferryError {
  return new RunferryError("not_found", what, {
    hint: "name the folder of a model, or its model.json",
    data: "nothing was changed",
    cause,
  });
}

function damaged(path: string, what: string, hint: string, cause?: unknown): RunferryError {
  return new RunferryError("damaged", `${path}: ${what}`, { hint, data: "nothing was changed", cause });
}
