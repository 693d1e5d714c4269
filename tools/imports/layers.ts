// The direction of imports between packages:
// apps → figures → analysis → core ← local · http · mlflow · wandb · tensorboard · layouts · tfjs · testkit
// and layouts → mlflow, for the mapping of its records only; tfjs → tracker, tensorboard: it logs to a run, or to event files

export type Layer = {
  /** The packages that its sources may import. */
  readonly imports: readonly string[];
  /** The packages that its sources may import as types or load on demand, so that unused ones cost nothing. */
  readonly loads?: readonly string[];
};

/** What each folder of packages/ may import. A new package gets its line here. */
export const layers: Readonly<Record<string, Layer>> = {
  core: { imports: [] },
  local: { imports: ["core"] },
  http: { imports: ["core"] },
  mlflow: { imports: ["core", "http"] },
  wandb: { imports: ["core", "http"] },
  tensorboard: { imports: ["core"] },
  layouts: { imports: ["core", "mlflow"] },
  tables: { imports: ["core"] },
  tracker: { imports: ["core", "local"], loads: ["mlflow", "wandb", "tensorboard", "tables"] },
  analysis: { imports: ["core"] },
  figures: { imports: ["core", "analysis"] },
  tfjs: { imports: ["core", "tracker", "tensorboard"] },
  testkit: { imports: ["core"] },
};

/** The package with the laws and hostile runs: nothing that is shipped may need it. */
export const developmentPackage = "testkit";
