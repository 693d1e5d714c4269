import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Layout } from "../layout.ts";
import { createArtifactPlaces } from "./artifact-places.ts";
import { fileStore, isExperiment } from "./file-store.ts";
import { foldersIn } from "./store-files.ts";
import { storedRuns } from "./stored-runs.ts";

/** MLflow's file store: `<experiment>/<run>/meta.yaml` beside `metrics/`, `params/` and `tags/`. */
export const mlruns: Layout = {
  name: "mlruns",
  mark: "mlruns/, or <experiment>/meta.yaml",
  detect: async (folder) => storeIn(folder) !== undefined,
  source(folder, options = {}) {
    const root = storeIn(folder) ?? resolve(folder);
    const places = createArtifactPlaces(root, options.artifactRoots);
    return storedRuns(() => fileStore(root, places), options);
  },
};

function storeIn(folder: string): string | undefined {
  return [resolve(folder), join(resolve(folder), "mlruns")].find(
    (place) =>
      foldersIn(place).some((name) => /^\d+$/.test(name) && isExperiment(join(place, name))) ||
      foldersIn(join(place, ".trash")).some((name) => existsSync(join(place, ".trash", name, "meta.yaml"))),
  );
}
