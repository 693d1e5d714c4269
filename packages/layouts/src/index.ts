export { findLayout, layouts } from "./detect.ts";
export { engine } from "./engine.ts";
export { lab } from "./lab.ts";
export type { Layout, LayoutOptions, LayoutSource } from "./layout.ts";
export { mlflowDb } from "./mlflow/mlflow-db.ts";
export { mlruns } from "./mlflow/mlruns.ts";
export { neural } from "./neural.ts";
export type { ImportedJournal } from "./run/imported-run.ts";
