import { trainers } from "./custom/presets.ts";
import { engine } from "./engine.ts";
import { lab } from "./lab.ts";
import type { Layout } from "./layout.ts";
import { mlflowDb } from "./mlflow/mlflow-db.ts";
import { mlruns } from "./mlflow/mlruns.ts";
import { neural } from "./neural.ts";

/** Every layout, those with the plainest marks first. */
export const layouts: readonly Layout[] = [mlflowDb, mlruns, lab, neural, engine, trainers];

/** The layout of a folder, where it is one that is known. */
export async function findLayout(folder: string): Promise<Layout | undefined> {
  for (const layout of layouts) if (await layout.detect(folder)) return layout;
  return undefined;
}
