import { existsSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type JsonObject } from "@runferry/core";
import type { LoggedModel, Metric, Run, WholeRun } from "@runferry/mlflow/records";
import type { ArtifactPlaces } from "./artifact-places.ts";
import { artifactsHere } from "./artifacts-here.ts";
import type { FileRegistry } from "./file-registry.ts";
import { metricHistory, modelMetrics } from "./metric-file.ts";
import {
  type FileReading,
  foldersIn,
  isPlainName,
  keysIn,
  numberIn,
  readMeta,
  textIn,
  valuesIn,
} from "./store-files.ts";
import type { StoredRun } from "./stored-runs.ts";

interface FileRunOptions {
  readonly folder: string;
  readonly places: ArtifactPlaces;
  readonly registry: FileRegistry;
  readonly reading: FileReading;
  head(): Run;
}

/** One reading of `<experiment>/<run>/`. */
export function fileRun({ folder, places, registry, reading, head }: FileRunOptions): StoredRun {
  const experiment = join(folder, "..");

  /** The folder in which the store keeps what has this address: of this run, or of a model. */
  function usualFolder(address: string): string {
    const [, model = ""] = /\/models\/([^/]+)\/artifacts\/*$/.exec(address) ?? [];
    if (!isPlainName(model)) return join(folder, "artifacts");
    return join(experiment, "models", model, "artifacts");
  }

  async function whole(): Promise<WholeRun> {
    const run = head();
    return {
      run: {
        info: run.info,
        data: { params: valuesIn(join(folder, "params"), reading), tags: valuesIn(join(folder, "tags"), reading) },
        inputs: { dataset_inputs: datasetInputs() },
        outputs: { model_outputs: modelOutputs() },
      },
      metrics: keysIn(join(folder, "metrics"), reading),
    };
  }

  function datasetInputs() {
    return foldersIn(join(folder, "inputs")).flatMap((name) => {
      const input = readMeta(join(folder, "inputs", name, "meta.yaml"), reading);
      const id = textIn(input, "source_id");
      if (textIn(input, "source_type") === "MODEL" || id === undefined || !isPlainName(id)) return [];
      const meta = readMeta(join(experiment, "datasets", id, "meta.yaml"), reading);
      const text = (field: string) => textIn(meta, field) ?? "";
      const dataset = { name: text("name"), digest: text("digest"), source: text("source") };
      if (dataset.name === "") return [];
      const more = { source_type: text("source_type"), schema: text("schema"), profile: text("profile") };
      return [{ dataset: { ...dataset, ...more }, tags: tagsIn(input.tags) }];
    });
  }

  function modelOutputs() {
    return foldersIn(join(folder, "outputs")).map((name) => {
      const output = readMeta(join(folder, "outputs", name, "meta.yaml"), reading);
      return { model_id: textIn(output, "destination_id") ?? name, step: numberIn(output, "step") ?? 0 };
    });
  }

  async function loggedModel(id: string): Promise<LoggedModel | undefined> {
    const place = join(experiment, "models", id);
    if (!isPlainName(id) || !existsSync(place)) {
      reading.add("a logged model of the run is not there", place);
      return undefined;
    }
    const meta = readMeta(join(place, "meta.yaml"), reading);
    if (textIn(meta, "lifecycle_stage") === "deleted") return undefined;
    const metrics: Metric[] = [];
    for (const key of keysIn(join(place, "metrics"), reading)) {
      for await (const metric of modelMetrics(join(place, "metrics", key), key, reading)) metrics.push(metric);
    }
    const type = textIn(meta, "model_type");
    const address = textIn(meta, "artifact_location");
    return {
      info: {
        model_id: id,
        experiment_id: textIn(meta, "experiment_id") ?? "",
        name: textIn(meta, "name") ?? id,
        tags: valuesIn(join(place, "tags"), reading),
        ...(type ? { model_type: type } : {}),
        ...(address ? { artifact_uri: address } : {}),
      },
      data: { params: valuesIn(join(place, "params"), reading), metrics },
    };
  }

  return {
    whole,
    history: (key) => metricHistory(join(folder, "metrics", key), key, reading),
    artifacts: artifactsHere((address) => places.find(address, usualFolder(address)), reading),
    loggedModel,
    async *versions() {
      yield* registry.versionsOf(head().info.run_id, reading);
    },
    get lost() {
      return reading.events;
    },
    files: reading.files,
  };
}

function tagsIn(tags: JsonObject[string] | undefined): readonly { readonly key: string; readonly value: string }[] {
  if (!isJsonObject(tags)) return [];
  return Object.keys(tags).map((key) => ({ key, value: textIn(tags, key) ?? "" }));
}
