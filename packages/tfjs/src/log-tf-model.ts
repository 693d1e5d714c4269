import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelHandle, ModelOptions, Run } from "@runferry/tracker";
import { type TfModelFiles, tfModelFiles } from "./model-files.ts";

/** A LayersModel or a GraphModel. */
export interface TfSavable {
  readonly name?: string;
  save(files: TfModelFiles, options?: { includeOptimizer?: boolean }): Promise<unknown>;
}

export interface LogTfModelOptions extends Omit<ModelOptions, "flavor"> {
  /** Keeps the state of the optimizer with it, to go on training. */
  readonly includeOptimizer?: boolean;
  /** Logs it as a checkpoint, under `checkpoints/step_<step>`. */
  readonly checkpoint?: boolean;
}

/**
 * Logs a model of TensorFlow.js, as `model.json` and `weights.bin` under `models/<name>`. TensorBoard shows its layers
 * under GRAPHS. Never rejects: what could not be logged is counted in `run.troubles`.
 */
export async function logTfModel(run: Run, model: TfSavable, options: LogTfModelOptions = {}): Promise<ModelHandle> {
  let folder: string | undefined;
  let name = "model";
  try {
    const { includeOptimizer = false, checkpoint = false, ...more } = options;
    name = more.name ?? model.name ?? name;
    folder = await mkdtemp(join(tmpdir(), "runferry-tfjs-"));
    await model.save(tfModelFiles(folder), { includeOptimizer });
    const flavor = "tfjs";
    return await (checkpoint
      ? run.logCheckpoint(folder, { ...more, flavor })
      : run.logModel(folder, { ...more, name, flavor }));
  } catch (cause) {
    run.lost(`model ${name}`, cause);
    return { status: "lost", name, path: `models/${name}`, files: [] };
  } finally {
    // It is the system's folder for what is not kept: what cannot be removed now goes later.
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}
