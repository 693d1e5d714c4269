import type { SQLInputValue } from "node:sqlite";
import type { LoggedModel, Metric, ModelVersion, Run, WholeRun } from "@runferry/mlflow/records";
import type { Losses } from "../run/losses.ts";
import type { ArtifactPlaces } from "./artifact-places.ts";
import { artifactsHere } from "./artifacts-here.ts";
import type { Database, Row } from "./database.ts";
import { textOfRow } from "./rows.ts";
import type { StoredRun } from "./stored-runs.ts";

interface DatabaseRunOptions {
  readonly db: Database;
  readonly run: Run;
  readonly places: ArtifactPlaces;
  readonly losses: Losses;
}

/** One reading of one run of a database. */
export function databaseRun({ db, run, places, losses }: DatabaseRunOptions): StoredRun {
  const id = run.info.run_id;
  const tables = new Set(db.all("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name));

  // Left to itself, SQLite goes through the points that all runs have under a key: the table's own index begins with it.
  const index = "index_metrics_run_uuid_key_step";
  const [there] = db.all("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = ?", index);
  const quick = there ? `INDEXED BY ${index} WHERE run_uuid = ? AND key = ?` : "WHERE run_uuid = ? AND +key = ?";

  /** The rows of a table that older databases do not have yet. What is damaged is told. */
  function rows(table: string, sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
    if (!tables.has(table)) return [];
    const { rows, damage } = db.until(sql, ...values);
    if (damage !== undefined) losses.add(`rows of ${table} cannot be read: ${damage}`, db.path);
    return rows;
  }

  const pairs = (table: string, column: string, owner: SQLInputValue, names: "key, value" | string = "key, value") =>
    rows(table, `SELECT ${names} FROM ${table} WHERE ${column} = ?`, owner)
      .map((row) => ({ key: textOfRow(row, "key") ?? "", value: textOfRow(row, "value") ?? "" }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));

  function metricNames(): readonly string[] {
    const { rows: latest, damage } = db.until("SELECT key FROM latest_metrics WHERE run_uuid = ? ORDER BY key", id);
    const named =
      damage === undefined ? latest : rows("metrics", "SELECT DISTINCT key FROM metrics WHERE run_uuid = ?", id);
    return named.map((row) => textOfRow(row, "key") ?? "");
  }

  function datasetInputs() {
    const sql = `SELECT d.*, i.input_uuid FROM inputs i JOIN datasets d ON d.dataset_uuid = i.source_id
      WHERE i.destination_type = 'RUN' AND i.destination_id = ? AND i.source_type = 'DATASET' ORDER BY i.input_uuid`;
    return rows("inputs", sql, id).map((row) => {
      const text = (field: string) => textOfRow(row, field) ?? "";
      const dataset = { name: text("name"), digest: text("digest"), source: text("dataset_source") };
      const more = { source_type: text("dataset_source_type"), schema: text("dataset_schema") };
      return {
        dataset: { ...dataset, ...more, profile: text("dataset_profile") },
        tags: pairs("input_tags", "input_uuid", row.input_uuid!, "name AS key, value"),
      };
    });
  }

  function modelOutputs() {
    const sql = "SELECT * FROM inputs WHERE source_type = 'RUN_OUTPUT' AND source_id = ? ORDER BY input_uuid";
    return rows("inputs", sql, id).map((row) => ({
      model_id: textOfRow(row, "destination_id") ?? "",
      step: Number(row.step ?? 0),
    }));
  }

  async function whole(): Promise<WholeRun> {
    const data = { params: pairs("params", "run_uuid", id), tags: pairs("tags", "run_uuid", id) };
    const inputs = { dataset_inputs: datasetInputs() };
    return {
      run: { info: run.info, data, inputs, outputs: { model_outputs: modelOutputs() } },
      metrics: metricNames(),
    };
  }

  async function* history(key: string, window: number): AsyncGenerator<readonly Metric[]> {
    const select = "SELECT timestamp, step, value, is_nan FROM metrics";
    try {
      for (const page of db.pages(window, `${select} ${quick} ORDER BY timestamp, step, value`, id, key)) {
        yield page.map((row) => metricOf(key, row));
      }
    } catch {
      // The table is damaged, or an index of it. Nothing was given yet: pages come from a copy, once it is whole.
      const ways = [quick, "WHERE run_uuid = ? AND key = ?"].map((way) => db.until(`${select} ${way}`, id, key));
      const [most] = ways.sort((a, b) => b.rows.length - a.rows.length);
      const { rows: readable, damage } = ways.find((way) => way.damage === undefined) ?? most!;
      if (damage !== undefined)
        losses.add(`points of metric ${JSON.stringify(key)} cannot be read: ${damage}`, db.path);
      yield readable.map((row) => metricOf(key, row)).sort((a, b) => a.timestamp - b.timestamp);
    }
  }

  async function loggedModel(model: string): Promise<LoggedModel | undefined> {
    const [row] = rows("logged_models", "SELECT * FROM logged_models WHERE model_id = ?", model);
    if (!row || row.lifecycle_stage === "deleted") return undefined;
    const type = textOfRow(row, "model_type");
    const address = textOfRow(row, "artifact_location");
    const metrics = rows("logged_model_metrics", "SELECT * FROM logged_model_metrics WHERE model_id = ?", model);
    const params = pairs("logged_model_params", "model_id", model, "param_key AS key, param_value AS value");
    return {
      info: {
        model_id: model,
        experiment_id: String(row.experiment_id),
        name: textOfRow(row, "name") ?? model,
        tags: pairs("logged_model_tags", "model_id", model, "tag_key AS key, tag_value AS value"),
        ...(type ? { model_type: type } : {}),
        ...(address ? { artifact_uri: address } : {}),
      },
      data: {
        params,
        metrics: metrics.map((one) => ({
          key: textOfRow(one, "metric_name") ?? "",
          value: Number(one.metric_value),
          timestamp: Number(one.metric_timestamp_ms),
          step: Number(one.metric_step),
        })),
      },
    };
  }

  async function* versions(): AsyncGenerator<ModelVersion> {
    const sql = "SELECT * FROM model_versions WHERE run_id = ? ORDER BY name, version";
    for (const row of rows("model_versions", sql, id)) {
      const of = [String(row.name), row.version!] as const;
      const stage = textOfRow(row, "current_stage");
      if (stage === "Deleted_Internal") continue;
      const description = textOfRow(row, "description");
      const where = "WHERE name = ? AND version = ?";
      const tags = rows("model_version_tags", `SELECT key, value FROM model_version_tags ${where}`, ...of);
      const aliases = rows("registered_model_aliases", `SELECT alias FROM registered_model_aliases ${where}`, ...of);
      yield {
        name: of[0],
        version: String(row.version),
        source: textOfRow(row, "source") ?? "",
        tags: tags.map((tag) => ({ key: textOfRow(tag, "key") ?? "", value: textOfRow(tag, "value") ?? "" })),
        aliases: aliases.map(({ alias }) => String(alias)),
        ...(stage === undefined ? {} : { current_stage: stage }),
        ...(description === undefined ? {} : { description }),
      };
    }
  }

  return {
    whole,
    history,
    artifacts: artifactsHere((root) => places.find(root), losses),
    loggedModel,
    versions,
    get lost() {
      return losses.events;
    },
  };
}

function metricOf(key: string, { value, timestamp, step, is_nan }: Row): Metric {
  return {
    key,
    value: is_nan === 1n ? "NaN" : Number(value),
    timestamp: Number(timestamp),
    step: Number(step),
  };
}
