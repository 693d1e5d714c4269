import { join } from "node:path";
import { getOrCreate } from "@runferry/core";
import type { ModelVersion } from "@runferry/mlflow/records";
import {
  createFileReading,
  type FileReading,
  foldersIn,
  keysIn,
  readMeta,
  readText,
  textIn,
  valuesIn,
} from "./store-files.ts";

/** Registered models of a file store: `models/<name>/version-<n>/meta.yaml`. */
export interface FileRegistry {
  versionsOf(run: string, reading: FileReading): readonly ModelVersion[];
}

export function createFileRegistry(root: string): FileRegistry {
  const models = join(root, "models");
  let byRun: Map<string, { model: string; version: string }[]> | undefined;

  function listed(): Map<string, { model: string; version: string }[]> {
    const runs = new Map<string, { model: string; version: string }[]>();
    for (const model of foldersIn(models)) {
      for (const version of foldersIn(join(models, model)).filter((name) => name.startsWith("version-"))) {
        const meta = readMeta(join(models, model, version, "meta.yaml"), createFileReading(root));
        const run = textIn(meta, "run_id");
        if (run !== undefined) getOrCreate(runs, run, () => []).push({ model, version });
      }
    }
    return runs;
  }

  function versionOf(model: string, folder: string, reading: FileReading): readonly ModelVersion[] {
    const place = join(models, model, folder);
    const meta = readMeta(join(place, "meta.yaml"), reading);
    const stage = textIn(meta, "current_stage");
    if (stage === "Deleted_Internal") return [];
    const version = folder.slice("version-".length);
    const aliases = keysIn(join(models, model, "aliases"), reading).filter(
      (alias) => readText(join(models, model, "aliases", alias), reading)?.trim() === version,
    );
    const description = textIn(meta, "description");
    const head = { name: textIn(meta, "name") ?? model, version, source: textIn(meta, "source") ?? "" };
    return [
      {
        ...head,
        aliases,
        tags: valuesIn(join(place, "tags"), reading),
        ...(stage === undefined ? {} : { current_stage: stage }),
        ...(description === undefined ? {} : { description }),
      },
    ];
  }

  return {
    versionsOf(run, reading) {
      byRun ??= listed();
      return (byRun.get(run) ?? []).flatMap(({ model, version }) => versionOf(model, version, reading));
    },
  };
}
