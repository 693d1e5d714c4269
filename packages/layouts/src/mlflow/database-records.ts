import type { Experiment, MlflowStatus, Run } from "@runferry/mlflow/records";
import { createLosses } from "../run/losses.ts";
import type { ArtifactPlaces } from "./artifact-places.ts";
import type { Database, Row } from "./database.ts";
import { databaseRun } from "./database-run.ts";
import { textOfRow } from "./rows.ts";
import { isAsked, type StoredRecords } from "./stored-runs.ts";

const statuses: readonly string[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] satisfies MlflowStatus[];

/** The records of MLflow's database, table by table. */
export function databaseRecords(db: Database, root: string, places: ArtifactPlaces): StoredRecords {
  const ownId = "SELECT value FROM tags WHERE key = 'runferry.run_id' AND run_uuid = runs.run_uuid";
  const columns = "run_uuid, name, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id";
  const select = `SELECT ${columns}, (${ownId}) AS own_id FROM runs`;
  /** What of the tables of all runs is damaged. It is told with every run. */
  const damages = new Map<string, number>();

  /** Every row that can be read: where the table is damaged, one by one by its index. */
  function rowsOfRuns(experiment: string): readonly Row[] {
    const { rows, damage } = db.until(`${select} WHERE experiment_id = ? ORDER BY start_time, run_uuid`, experiment);
    if (damage === undefined) return rows;
    const ids = db.until("SELECT run_uuid FROM runs ORDER BY run_uuid").rows;
    const one = ids.map(({ run_uuid }) => db.until(`${select} WHERE run_uuid = ?`, run_uuid!));
    const count = one.filter((found) => found.damage !== undefined).length;
    if (count > 0) damages.set(`runs of the database cannot be read: ${damage}`, count);
    return one.flatMap((found) => found.rows).filter((row) => String(row.experiment_id) === experiment);
  }

  /** Those whose rows are damaged go by their numbers. */
  function rowsOfExperiments(): readonly Row[] {
    const { rows, damage } = db.until("SELECT * FROM experiments ORDER BY experiment_id");
    if (damage === undefined) return rows;
    damages.set(`names of experiments cannot be read: ${damage}`, 1);
    const known = new Set(rows.map(({ experiment_id }) => experiment_id));
    const { rows: used } = db.until("SELECT DISTINCT experiment_id FROM runs");
    return [...rows, ...used.filter(({ experiment_id }) => !known.has(experiment_id!))];
  }

  return {
    name: db.path,
    async *experiments({ view }) {
      for (const row of rowsOfExperiments()) {
        const experiment = experimentOf(row);
        if (isAsked(view, experiment.lifecycle_stage)) yield experiment;
      }
    },
    async *runs({ experiment_id }, { view, signal }) {
      for (const row of rowsOfRuns(experiment_id)) {
        signal?.throwIfAborted();
        const run = runOf(row);
        if (isAsked(view, run.info.lifecycle_stage)) yield run;
      }
    },
    async find(id) {
      const [row] = db.until(`${select} WHERE run_uuid = ?`, id).rows;
      if (!row) return undefined;
      const [experiment] = db.until("SELECT * FROM experiments WHERE experiment_id = ?", row.experiment_id!).rows;
      return { run: runOf(row), experiment: experiment ? experimentOf(experiment).name : String(row.experiment_id) };
    },
    open(run) {
      const losses = createLosses(root);
      for (const [reason, count] of damages) losses.add(reason, db.path, count);
      return databaseRun({ db, run, places, losses });
    },
  };
}

function experimentOf(row: Row): Experiment {
  const id = String(row.experiment_id);
  const stage = row.lifecycle_stage === "deleted" ? "deleted" : "active";
  return { experiment_id: id, name: textOfRow(row, "name") ?? id, lifecycle_stage: stage };
}

function runOf(row: Row): Run {
  const [name, status = "RUNNING", own] = [row.name, row.status, row.own_id].map((value) =>
    typeof value === "string" && value !== "" ? value : undefined,
  );
  return {
    info: {
      run_id: String(row.run_uuid),
      experiment_id: String(row.experiment_id),
      status: (statuses.includes(status) ? status : "RUNNING") as MlflowStatus,
      artifact_uri: textOfRow(row, "artifact_uri") ?? "",
      lifecycle_stage: row.lifecycle_stage === "deleted" ? "deleted" : "active",
      ...(name === undefined ? {} : { run_name: name }),
      ...(row.start_time === null ? {} : { start_time: Number(row.start_time) }),
      ...(row.end_time === null ? {} : { end_time: Number(row.end_time) }),
    },
    data: { tags: own === undefined ? [] : [{ key: "runferry.run_id", value: own }] },
  };
}
