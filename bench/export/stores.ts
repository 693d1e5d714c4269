// The stores that bench/export.ts moves, written file by file as their tools leave them.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface StoreSize {
  readonly runs: number;
  readonly metrics: number;
  readonly points: number;
}

const begin = Date.UTC(2024, 10, 15);
const names = (count: number) => Array.from({ length: count }, (_, i) => `metric_${i}`);
const valueAt = (run: number, metric: number, step: number) => Math.exp(-step / 50) + metric / 10 + run / 1e5;
const isoOf = (ms: number) => new Date(ms).toISOString().slice(0, -1); // without a zone, as Python's isoformat()

/** A lab tracker's folder: `metadata.json` and a folder for each run. */
export function writeLab(folder: string, size: StoreSize): void {
  const runs = [];
  for (let run = 0; run < size.runs; run++) {
    const id = `run_${String(run + 1).padStart(3, "0")}`;
    const start = begin + run * 60_000;
    runs.push({
      run_id: id,
      experiment_name: `experiment_${run % 10}`,
      created_at: isoOf(start),
      status: "completed",
      tags: { version: "v1" },
      description: "",
      run_dir: `experiments/runs/${id}`,
      finished_at: isoOf(start + 50_000),
    });
    const own = join(folder, "runs", id);
    mkdirSync(join(own, "artifacts"), { recursive: true });
    writeFileSync(join(own, "params.json"), JSON.stringify({ lr: 1 / (run + 1), layers: run % 5, optimizer: "adam" }));
    const metrics = names(size.metrics).map((name, metric) => [
      name,
      Array.from({ length: size.points }, (_, step) => ({
        step,
        value: valueAt(run, metric, step),
        timestamp: isoOf(start + step * 400),
      })),
    ]);
    writeFileSync(join(own, "metrics.json"), JSON.stringify(Object.fromEntries(metrics), undefined, 2));
  }
  writeFileSync(join(folder, "metadata.json"), JSON.stringify(runs, undefined, 2));
}

/** What MLflow's file store leaves: a folder for each run, a file for each metric. */
export function writeMlruns(folder: string, size: StoreSize): void {
  const experiment = "447525511738078264";
  mkdirSync(join(folder, experiment), { recursive: true });
  writeFileSync(
    join(folder, experiment, "meta.yaml"),
    `artifact_location: file://${folder}/${experiment}
creation_time: ${begin}
experiment_id: '${experiment}'
last_update_time: ${begin}
lifecycle_stage: active
name: bench
`,
  );
  for (let run = 0; run < size.runs; run++) {
    const id = run.toString(16).padStart(32, "0");
    const own = join(folder, experiment, id);
    const start = begin + run * 60_000;
    for (const part of ["params", "metrics", "tags", "artifacts"]) mkdirSync(join(own, part), { recursive: true });
    writeFileSync(
      join(own, "meta.yaml"),
      `artifact_uri: file://${own}/artifacts
end_time: ${start + 50_000}
entry_point_name: ''
experiment_id: '${experiment}'
lifecycle_stage: active
run_id: ${id}
run_name: run_${run}
source_name: ''
source_type: 4
source_version: ''
start_time: ${start}
status: 3
tags: []
user_id: somebody
`,
    );
    writeFileSync(join(own, "params", "lr"), String(1 / (run + 1)));
    writeFileSync(join(own, "params", "layers"), String(run % 5));
    writeFileSync(join(own, "tags", "mlflow.runName"), `run_${run}`);
    for (const [metric, name] of names(size.metrics).entries()) {
      const lines = Array.from(
        { length: size.points },
        (_, step) => `${start + step * 400} ${valueAt(run, metric, step)} ${step}\n`,
      );
      writeFileSync(join(own, "metrics", name), lines.join(""));
    }
  }
}
