import {
  type ArtifactLogged,
  canonicalJson,
  type DatasetUsed,
  type Json,
  type JsonObject,
  type ModelLogged,
  type ModelRegistered,
  type Recorded,
  sameJson,
  stringifyJson,
} from "@runferry/core";
import type { ArtifactFile, LaidArtifact, Link } from "./laid.ts";
import { collectionName } from "./names.ts";

// What is told of a dataset or a model stands in the artifact's metadata and, so that different things have different
// digests, in a file of it.

export const datasetKey = "dataset";
export const modelKey = "model";

/** A dataset as a place to look it up: the same everywhere, whichever run used it. */
export function layDataset(event: Recorded<DatasetUsed>): LaidArtifact {
  const told = datasetFields(event);
  return {
    seq: event.seq,
    role: "input",
    type: "dataset",
    // One collection cannot hold both a dataset and a model.
    name: `dataset-${collectionName(event.name)}`,
    metadata: stringifyJson({ [datasetKey]: told }),
    aliases: ["latest"],
    files: [{ path: "dataset.json", text: canonicalJson(told) }],
    ...(event.purpose === undefined ? {} : { usedAs: event.purpose }),
  };
}

function datasetFields({ name, digest, source, purpose, metadata }: DatasetUsed): JsonObject {
  return {
    name,
    ...(digest === undefined ? {} : { digest }),
    ...(source === undefined ? {} : { source }),
    ...(purpose === undefined ? {} : { purpose }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

export function sameDataset(a: DatasetUsed, b: DatasetUsed): boolean {
  return sameJson(datasetFields(a), datasetFields(b));
}

/** A model with the files that lay at its path when it was logged. */
export function layModel(
  event: Recorded<ModelLogged>,
  place: { readonly run: string; readonly stream: string; readonly artifacts: readonly ArtifactLogged[] },
): LaidArtifact {
  const { run, stream, artifacts } = place;
  const told = { ...modelFields(event), at: event.at };
  const own: ArtifactFile = { path: modelFile, text: canonicalJson({ run, stream, seq: event.seq, model: told }) };
  const files = artifacts.flatMap(({ file, reference }): ArtifactFile[] => {
    if (reference !== undefined) return [];
    if (file.path === event.path) return [{ path: `files/${file.path.split("/").at(-1)!}`, file }];
    const inside = `${event.path}/`;
    return file.path.startsWith(inside) ? [{ path: `files/${file.path.slice(inside.length)}`, file }] : [];
  });
  return {
    seq: event.seq,
    role: "output",
    type: "model",
    name: collectionName(event.name),
    metadata: stringifyJson({ [modelKey]: told }),
    aliases: ["latest"],
    files: [own, ...files],
  };
}

/** Only a model that was logged can be linked. */
export function layLinks(event: Recorded<ModelRegistered>, models: readonly ModelLogged[]): readonly Link[] {
  if (models.every(({ path }) => path !== event.path)) return [];
  const aliases = [...new Set(event.aliases ?? [])];
  return [{ seq: event.seq, path: event.path, collection: collectionName(event.name), aliases }];
}

const modelFile = "model.json";

function modelFields({ name, path, flavor, step, metrics, metadata }: ModelLogged): JsonObject {
  return {
    name,
    path,
    ...(flavor === undefined ? {} : { flavor }),
    ...(step === undefined ? {} : { step }),
    ...(metrics === undefined ? {} : { metrics: numberNames(metrics) }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** JSON has no NaN and no infinity; here they stand as text. */
function numberNames(numbers: { readonly [name: string]: number }): JsonObject {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]): [string, Json] => [
      name,
      Number.isFinite(value) ? value : String(value),
    ]),
  );
}
