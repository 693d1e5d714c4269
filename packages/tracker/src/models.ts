import { basename, extname } from "node:path";
import type { JsonObject, ModelLogged, ModelRegistered } from "@runferry/core";
import { toNumber } from "./numbers.ts";
import { given } from "./put-media.ts";
import type { Recorder } from "./recorder.ts";
import { type FileHandle, isFolder, lostFile, type RunFiles } from "./run-files.ts";

export interface ModelOptions {
  readonly name?: string;
  /** What made it, as registries call it: `onnx`, `tfjs`, `keras` … */
  readonly flavor?: string;
  readonly step?: number;
  readonly metrics?: { readonly [name: string]: unknown };
  readonly metadata?: JsonObject;
}

export type RegisterOptions = Partial<Omit<ModelRegistered, "kind" | "name" | "path">>;

export interface ModelHandle {
  readonly status: FileHandle["status"];
  /** `<run>/<stream>/<seq>` of its event: unique, for ever, and known without a server. */
  readonly id?: string;
  readonly name: string;
  /** The artifact or folder of artifacts that holds it. */
  readonly path: string;
  readonly files: readonly FileHandle[];
}

interface ModelFiles extends ModelOptions {
  readonly source: string | Uint8Array;
  readonly name: string;
  readonly folder: string;
}

interface ModelParts {
  readonly id: string;
  readonly recorder: Recorder;
  readonly files: RunFiles;
  readonly source: string | Uint8Array;
  readonly under: "models" | "checkpoints";
  readonly options: ModelOptions;
}

/** Logs the files of a model, then the model. Never rejects, whatever its options do. */
export async function logModel(parts: ModelParts): Promise<ModelHandle> {
  const { id, recorder, files, source, under } = parts;
  let name: string = under;
  try {
    const options = { ...parts.options };
    name = options.name ?? nameOf(parts, options);
    return await logModelFiles(id, recorder, files, { ...options, source, folder: `${under}/${name}`, name });
  } catch (cause) {
    return { ...lostFile(recorder, `model ${name}`, cause), name, path: `${under}/${name}`, files: [] };
  }
}

function nameOf({ source, under }: ModelParts, { step }: ModelOptions): string {
  if (under === "checkpoints") return step === undefined ? "checkpoint" : `step_${step}`;
  return typeof source === "string" ? basename(source, extname(source)) : "model";
}

async function logModelFiles(
  run: string,
  recorder: Recorder,
  files: RunFiles,
  { source, folder, name, flavor, step, metrics, metadata }: ModelFiles,
): Promise<ModelHandle> {
  const isTree = typeof source === "string" && isFolder(source);
  const path = isTree ? folder : `${folder}/${typeof source === "string" ? basename(source) : "model.bin"}`;
  const done = isTree ? await files.putAll(source, folder) : [await files.put(source, path)];
  if (recorder.stored === undefined) return { status: "skipped", name, path, files: done };
  if (done.length === 0 || done.some((file) => file.status !== "logged")) {
    recorder.lost(`model ${name}`, "a file of it could not be logged");
    return { status: "lost", name, path, files: done };
  }
  const event: ModelLogged = {
    kind: "model.logged",
    name,
    path,
    ...given({ flavor, step, metadata, metrics: metrics && numbersOf(metrics) }),
  };
  const recorded = recorder.record(event);
  if (recorded === undefined) return { status: "lost", name, path, files: done };
  return { status: "logged", id: `${run}/${recorder.stream}/${recorded.seq}`, name, path, files: done };

  function numbersOf(values: { readonly [name: string]: unknown }): { readonly [name: string]: number } {
    const pairs = Object.entries(values).flatMap(([metric, value]): [string, number][] => {
      const converted = toNumber(value);
      if ("number" in converted) return [[metric, converted.number]];
      recorder.notices.count("not numeric", metric, () => `${metric} of ${name} is ${converted.what} and no number`);
      return [];
    });
    return Object.fromEntries(pairs);
  }
}
