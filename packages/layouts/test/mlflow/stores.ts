import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import {
  type EventsLost,
  fold,
  formatVersion,
  importedRunId,
  type JsonObject,
  memoryJournal,
  parseJson,
  type Recorded,
  type RunEvent,
  type RunView,
  statusOfWord,
} from "@runferry/core";
import { type Layout, type LayoutOptions, mlflowDb, mlruns } from "../../src/index.ts";

export const fixtures = join(import.meta.dirname, "../../../../test-fixtures/mlflow");

export type StoreKind = "mlruns" | "mlflow-db";
export const layoutOf: Readonly<Record<StoreKind, Layout>> = { mlruns, "mlflow-db": mlflowDb };

/** A copy of a store that MLflow wrote. */
export interface StoreCopy {
  readonly folder: string;
  remove(): void;
}

export function copyStore(kind: StoreKind): StoreCopy {
  const folder = mkdtempSync(join(tmpdir(), "runferry-layouts-"));
  if (kind === "mlruns") {
    mkdirSync(join(folder, "mlruns"));
    cpSync(join(fixtures, "mlruns"), join(folder, "mlruns"), { recursive: true });
  } else {
    cpSync(join(fixtures, "database"), folder, { recursive: true });
    writeFileSync(join(folder, "mlflow.db"), gunzipSync(readFileSync(join(folder, "mlflow.db.gz"))));
    rmSync(join(folder, "mlflow.db.gz"));
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A run as MLflow's own client gives it. */
export interface ExpectedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly deleted: boolean;
  readonly status: string;
  readonly start: number;
  readonly end: number | null;
  readonly address: string;
  readonly params: { readonly [name: string]: string };
  readonly tags: { readonly [name: string]: string };
  readonly points: readonly (readonly [name: string, step: number, at: number, value: string])[];
  readonly datasets: readonly { readonly name: string; readonly digest: string; readonly tags: JsonObject }[];
  readonly models: readonly {
    readonly name: string;
    readonly flavor: string;
    readonly step: number;
    readonly metrics: { readonly [name: string]: number };
  }[];
  readonly versions: readonly {
    readonly name: string;
    readonly stage: string;
    readonly aliases: readonly string[];
    readonly tags: { readonly [name: string]: string };
    readonly description: string;
  }[];
  readonly files: { readonly [path: string]: { readonly sha256: string; readonly bytes: number } };
}

export function expectedRuns(kind: StoreKind): readonly ExpectedRun[] {
  return JSON.parse(readFileSync(join(fixtures, "expected.json"), "utf8"))[kind];
}

/** What Hydra's configuration in the fixture says, by its spelling. */
const hydra = `{"model": {"name": "resnet", "depth": 18, "drop": 1.0, "wd": 1e-05}, "seed": 12345678901234567890,
  "lr": 3e-4, "tags": ["a", "yes"], "none": null}`;

const numbers: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, "-inf": -Infinity };

/** The run as a view, built from what MLflow's client says and not from its files. */
export async function viewOf(run: ExpectedRun, all: readonly ExpectedRun[]): Promise<RunView> {
  const { name, experiment, start: createdAt, tags } = run;
  const journal = memoryJournal(await idOf(run));
  const writer = journal.writer();
  const add = (event: RunEvent, at = createdAt) => writer.append(event, at);
  const of = (key: string) => tags[`mlflow.${key}`];
  const parent = all.find(({ id }) => id === of("parentRunId"));
  add({
    kind: "run.started",
    format: formatVersion,
    id: journal.run,
    name,
    experiment,
    createdAt,
    ...(parent ? { parent: await idOf(parent) } : {}),
    ...(of("note.content") ? { description: of("note.content")! } : {}),
    ...(of("user") ? { user: of("user")! } : {}),
    ...(of("source.name") ? { command: [of("source.name")!] } : {}),
    ...(of("source.git.commit") ? { git: { commit: of("source.git.commit")!, branch: of("source.git.branch")! } } : {}),
    ...(tags["runferry.run_id"] ? {} : { source: { layout: "mlflow", id: run.id } }),
  });
  const config = ".hydra/config.yaml" in run.files ? (parseJson(hydra) as JsonObject) : {};
  const params = { ...config, ...run.params };
  if (Object.keys(params).length > 0) add({ kind: "params.set", values: params });
  const own = Object.entries(tags).filter(([key]) => !/^(?:mlflow|runferry)\./.test(key));
  if (own.length > 0) add({ kind: "tags.set", values: Object.fromEntries(own) });
  for (const [path, file] of Object.entries(run.files)) add({ kind: "artifact.logged", file: { path, ...file } });
  for (const { name, digest, tags } of run.datasets) {
    const schema = [
      { type: "long", name: "x", required: true },
      { type: "string", name: "y", required: true },
    ];
    const metadata = { num_rows: 2, num_elements: 4, schema: { mlflow_colspec: schema } };
    const purpose = String(tags["mlflow.data.context"]);
    add({ kind: "dataset.used", name, digest, source: "s3://bucket/toy.csv", purpose, metadata });
  }
  for (const model of run.models) add({ kind: "model.logged", path: model.name, ...model });
  for (const { stage, aliases, ...version } of run.versions) {
    const more = { ...(stage === "None" ? {} : { stage }), ...(aliases.length === 0 ? {} : { aliases }) };
    add({ kind: "model.registered", path: "notes", ...version, ...more });
  }
  for (const [metric, step, at, value] of [...run.points].sort((a, b) => a[2] - b[2])) {
    add({ kind: "metrics.logged", step, values: { [metric]: numbers[value] ?? Number(value) } }, at);
  }
  const status = statusOfWord(run.status);
  if (status !== undefined && status !== "running") add({ kind: "run.ended", status }, run.end!);
  return fold(journal);
}

async function idOf({ id, experiment, start, tags }: ExpectedRun): Promise<string> {
  return tags["runferry.run_id"] ?? importedRunId("mlflow", experiment, id, start);
}

/** Every run of a store by its name, and what could not be read of it. */
export async function readStore(folder: string, layout: Layout, options: LayoutOptions = {}) {
  const runs = new Map<string, { view: RunView; lost: Recorded<EventsLost>[] }>();
  for await (const journal of layout.source(folder, options).runs()) {
    const lost: Recorded<EventsLost>[] = [];
    for await (const stream of journal.streams()) {
      for await (const events of stream.read()) {
        lost.push(...events.filter((event): event is Recorded<EventsLost> => event.kind === "events.lost"));
      }
    }
    const view = await fold(journal);
    runs.set(view.started?.name ?? journal.run, { view, lost });
  }
  return runs;
}
