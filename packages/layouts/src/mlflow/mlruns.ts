import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { Layout } from "../layout.ts";
import { createArtifactPlaces } from "./artifact-places.ts";
import { fileStore, isExperiment, isRun } from "./file-store.ts";
import { foldersIn } from "./store-files.ts";
import { type StoredRecords, storedRuns } from "./stored-runs.ts";

/** MLflow's file store: `<experiment>/<run>/meta.yaml` beside `metrics/`, `params/` and `tags/`. */
export const mlruns: Layout = {
  name: "mlruns",
  mark: "mlruns/, or <experiment>/meta.yaml, or one experiment or run of it",
  detect: async (folder) => partOf(resolve(folder)) !== undefined,
  source(folder, options = {}) {
    const { root, experiment, run } = partOf(resolve(folder)) ?? { root: resolve(folder) };
    const places = createArtifactPlaces(root, options.artifactRoots);
    return storedRuns(() => only(fileStore(root, places), experiment, run), options);
  },
};

/** A store, or what of it a folder is. */
interface Part {
  readonly root: string;
  readonly experiment?: string;
  readonly run?: string;
}

function partOf(folder: string): Part | undefined {
  const whole = [folder, join(folder, "mlruns")].find(isStore);
  if (whole !== undefined) return { root: whole };
  const [above, top] = [dirname(folder), dirname(dirname(folder))];
  if (isNumbered(folder) && isStore(above)) return { root: above, experiment: basename(folder) };
  if (!isRun(folder) || !isNumbered(above) || !isStore(top)) return undefined;
  return { root: top, experiment: basename(above), run: basename(folder) };
}

function isStore(place: string): boolean {
  return (
    foldersIn(place).some((name) => isNumbered(join(place, name))) ||
    foldersIn(join(place, ".trash")).some((name) => existsSync(join(place, ".trash", name, "meta.yaml")))
  );
}

/** Whether a folder is one of an experiment, by its number: an id of a run is longer, and may be digits alone. */
function isNumbered(folder: string): boolean {
  return /^\d{1,20}$/.test(basename(folder)) && isExperiment(folder);
}

/** The records of a part. What its runs refer to is looked for in the whole store. */
function only(records: StoredRecords, experiment: string | undefined, run: string | undefined): StoredRecords {
  return {
    ...records,
    async *experiments(query) {
      for await (const one of records.experiments(query)) {
        if (experiment === undefined || one.experiment_id === experiment) yield one;
      }
    },
    async *runs(of, query) {
      for await (const one of records.runs(of, query)) if (run === undefined || one.info.run_id === run) yield one;
    },
  };
}
