import type { LoggedModel, Run } from "./client/index.ts";
import type { RunRecords } from "./records/records.ts";
import { mapOf } from "./start-tags.ts";
import { modelLogged, pathTag } from "./write-models.ts";

/** A file of a run that lies with a logged model and not among the artifacts of the run. */
export interface ModelFile {
  /** As a file of the run: below the path of the model. */
  readonly path: string;
  readonly root: string;
  readonly below: string;
  /** As the server lists it. */
  readonly size: number | undefined;
}

/** The files of a model that has a place of its own, as those of MLflow 3 do. Those that this package wrote have none. */
export async function* modelFiles(
  { artifacts }: RunRecords,
  model: LoggedModel,
  path: string,
): AsyncIterable<ModelFile> {
  const root = model.info.artifact_uri;
  if (root === undefined || mapOf(model.info.tags).has(pathTag)) return;
  for await (const file of artifacts.listAll(root)) {
    yield { path: `${path}/${file.path}`, root, below: file.path, size: file.file_size };
  }
}

/** Where a file of a run lies: among its artifacts, or with one of its models. */
export async function findFile(
  records: RunRecords,
  head: Run,
  path: string,
): Promise<{ readonly root: string; readonly below: string } | undefined> {
  const root = head.info.artifact_uri ?? "";
  if ((await records.artifacts.sizeOf(root, path)) !== undefined) return { root, below: path };
  const { run } = await records.whole();
  for (const { model_id } of run.outputs?.model_outputs ?? []) {
    const model = await records.loggedModel(model_id);
    const prefix = model && `${modelLogged(model, 0, 0).path}/`;
    const place = model?.info.artifact_uri;
    if (prefix === undefined || place === undefined || !path.startsWith(prefix)) continue;
    const below = path.slice(prefix.length);
    if ((await records.artifacts.sizeOf(place, below)) !== undefined) return { root: place, below };
  }
  return undefined;
}
