import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Experiment, FoundRecord, MlflowStatus, RecordsQuery, Run } from "@runferry/mlflow/records";
import type { ArtifactPlaces } from "./artifact-places.ts";
import { createFileRegistry } from "./file-registry.ts";
import { fileRun } from "./file-run.ts";
import {
  createFileReading,
  type FileReading,
  foldersIn,
  isPlainName,
  numberIn,
  readMeta,
  textIn,
} from "./store-files.ts";
import { isAsked, type StoredRecords } from "./stored-runs.ts";

const trash = ".trash";
const metaName = "meta.yaml";
/** What lies in the folder of an experiment beside its runs. */
const besideRuns = ["tags", "datasets", "traces", "models"];
const statuses: readonly MlflowStatus[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

/** Whether a folder is one of an experiment: with a `meta.yaml`, or with runs though that is gone. */
export function isExperiment(folder: string): boolean {
  if (existsSync(join(folder, "version-1")) || existsSync(join(folder, "aliases"))) return false;
  return existsSync(join(folder, metaName)) || foldersIn(folder).some((name) => isRun(join(folder, name)));
}

/** Whether a folder of an experiment is one of its runs. */
export function isRun(folder: string): boolean {
  if (besideRuns.includes(basename(folder))) return false;
  return [metaName, "metrics", "params", "tags"].some((name) => existsSync(join(folder, name)));
}

/** The records of a folder `mlruns`, read file by file. */
export function fileStore(root: string, places: ArtifactPlaces): StoredRecords {
  const registry = createFileRegistry(root);
  const found = new Map<string, FoundRecord | undefined>(); // a sweep has one parent and many children

  function experimentFolders(view: RecordsQuery["view"]): readonly string[] {
    const active = foldersIn(root).filter((name) => name !== trash && name !== "models");
    const deleted = view === "ACTIVE_ONLY" ? [] : foldersIn(join(root, trash)).map((name) => join(trash, name));
    return [...active, ...deleted].map((name) => join(root, name)).filter(isExperiment);
  }

  function experimentOf(folder: string, reading: FileReading): Experiment {
    const meta = readMeta(join(folder, metaName), reading);
    const id = basename(folder);
    return {
      experiment_id: id,
      name: textIn(meta, "name") ?? id,
      lifecycle_stage: textIn(meta, "lifecycle_stage") === "deleted" ? "deleted" : "active",
    };
  }

  function headOf(folder: string, reading: FileReading): Run {
    const meta = readMeta(join(folder, metaName), reading);
    const start = numberIn(meta, "start_time");
    const end = numberIn(meta, "end_time");
    const name = textIn(meta, "run_name");
    return {
      info: {
        run_id: basename(folder),
        experiment_id: basename(join(folder, "..")),
        status: statuses[(numberIn(meta, "status") ?? 1) - 1] ?? "RUNNING",
        artifact_uri: textIn(meta, "artifact_uri") ?? join(folder, "artifacts"),
        lifecycle_stage: textIn(meta, "lifecycle_stage") === "deleted" ? "deleted" : "active",
        ...(name ? { run_name: name } : {}),
        ...(start === undefined ? {} : { start_time: start }),
        ...(end === undefined ? {} : { end_time: end }),
      },
      data: { tags: ownIdOf(folder) },
    };
  }

  function search(id: string): FoundRecord | undefined {
    for (const experiment of experimentFolders("ALL")) {
      const folder = join(experiment, id);
      if (!isRun(folder)) continue;
      const reading = createFileReading(root);
      return { run: headOf(folder, reading), experiment: experimentOf(experiment, reading).name };
    }
    return undefined;
  }

  function folderOf(run: Run): string {
    const { experiment_id, run_id } = run.info;
    const folder = join(root, experiment_id, run_id);
    return existsSync(folder) ? folder : join(root, trash, experiment_id, run_id);
  }

  return {
    name: root,
    async *experiments({ view }) {
      for (const folder of experimentFolders(view)) {
        const experiment = experimentOf(folder, createFileReading(root));
        if (isAsked(view, experiment.lifecycle_stage)) yield experiment;
      }
    },
    async *runs({ experiment_id }, { view, signal }) {
      const folders = [join(root, experiment_id), join(root, trash, experiment_id)];
      const heads: Run[] = [];
      for (const folder of folders) {
        for (const name of foldersIn(folder)) {
          signal?.throwIfAborted();
          if (!isRun(join(folder, name))) continue;
          const head = headOf(join(folder, name), createFileReading(root));
          if (isAsked(view, head.info.lifecycle_stage)) heads.push(head);
        }
      }
      yield* heads.sort((a, b) => (a.info.start_time ?? 0) - (b.info.start_time ?? 0));
    },
    async find(id) {
      if (!found.has(id)) found.set(id, isPlainName(id) ? search(id) : undefined);
      return found.get(id);
    },
    open(run) {
      const reading = createFileReading(root);
      const folder = folderOf(run);
      experimentOf(join(folder, ".."), reading); // what it lacks is told with its runs
      return fileRun({ folder, places, registry, reading, head: () => headOf(folder, reading) });
    },
  };
}

function ownIdOf(folder: string): readonly { readonly key: string; readonly value: string }[] {
  try {
    const key = "runferry.run_id";
    return [{ key, value: readFileSync(join(folder, "tags", key), "utf8") }];
  } catch {
    return []; // another tool's
  }
}
