import {
  type DatasetUsed,
  type Dated,
  isJsonObject,
  type JsonObject,
  type ModelLogged,
  parseJson,
  problemOf,
} from "@runferry/core";
import { datasetKey, modelKey } from "./artifacts.ts";
import { withPlainNumbers } from "./plain-numbers.ts";

/** An artifact of a run as W&B tells of it. */
export interface RemoteArtifact {
  readonly type: string;
  readonly name: string;
  readonly digest?: string | undefined;
  /** JSON. */
  readonly metadata?: string | null | undefined;
  /** Where it is found again: `wandb-artifact://entity/project/name:v3`. */
  readonly uri: string;
  readonly createdAt: number;
}

/** The dataset that an input of a run is. */
export function readDataset(artifact: RemoteArtifact, startedAt: number): Dated<DatasetUsed> {
  const metadata = metadataOf(artifact);
  const told = metadata?.[datasetKey];
  if (isJsonObject(told)) {
    const event = { kind: "dataset.used", at: startedAt, ...told } as unknown as Dated<DatasetUsed>;
    if (problemOf(event) === undefined) return event;
  }
  const { name, digest, uri } = artifact;
  return {
    kind: "dataset.used",
    at: startedAt,
    name,
    ...(digest ? { digest } : {}),
    source: uri,
    ...(metadata && Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}

/** The model that an output of a run is; undefined where it is none that runferry logged. */
export function readModel(artifact: RemoteArtifact): Dated<ModelLogged> | undefined {
  const told = metadataOf(artifact)?.[modelKey];
  if (artifact.type !== "model" || !isJsonObject(told)) return undefined;
  const { metrics, ...fields } = withPlainNumbers(told);
  const numbers = isJsonObject(metrics)
    ? {
        metrics: Object.fromEntries(
          Object.entries(withPlainNumbers(metrics)).map(([name, value]) => [name, Number(value)]),
        ),
      }
    : {};
  const event = { kind: "model.logged", ...fields, ...numbers } as unknown as Dated<ModelLogged>;
  return problemOf(event) === undefined && typeof event.at === "number" ? event : undefined;
}

function metadataOf({ metadata }: RemoteArtifact): JsonObject | undefined {
  try {
    const value = parseJson(metadata ?? "null");
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
