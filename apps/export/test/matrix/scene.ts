// From every kind of source to every kind of destination: what there is of both.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { fold, type Journal, type RunView, verify } from "@runferry/core";
import { openStore, type Store } from "@runferry/local";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { type Destination, openDestination, openReader, parsePlace } from "@runferry/tracker";
import type { BorrowedMlflow } from "../../../../tools/peers/borrow-mlflow.ts";
import { exportRuns, importRuns, type OpenedSource, openSource } from "../../src/index.ts";

/** The kinds of sources, and for servers what they are filled with first. */
export const sourceKinds = [
  "lab",
  "neural",
  "engine",
  "mlruns",
  "mlflow.db",
  "tensorboard",
  "wandb-offline",
  "csv",
  "parquet",
  "local",
  "mlflow",
  "wandb",
] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** The kinds of destinations; a folder's name, or what stands behind the colon, is made from the name of the case. */
export const destinationKinds = ["local", "tensorboard", "wandb-offline", "csv", "parquet", "wandb", "mlflow"] as const;
export type DestinationKind = (typeof destinationKinds)[number];

export interface Scene {
  readonly folder: string;
  source(kind: SourceKind): Promise<OpenedSource>;
  /** A new place of the kind. Of MLflow there is one server, which is emptied first. */
  destination(kind: DestinationKind, name: string): Promise<Destination>;
  close(): Promise<void>;
}

const fixtures = join(import.meta.dirname, "../../../../test-fixtures");

/** `mlflow` is absent where no real server can be had. */
export async function createScene(mlflow: BorrowedMlflow | undefined): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), "runferry-matrix-"));
  const wandb = await startWandbServer();
  const env = { WANDB_BASE_URL: wandb.url, WANDB_API_KEY: wandb.apiKey, HOME: folder };
  const open = (place: string) => openDestination(parsePlace(place), folder, env);
  for (const name of ["lab", "neural", "engine"]) {
    cpSync(join(fixtures, "layouts", name), join(folder, name), { recursive: true });
  }
  cpSync(join(fixtures, "mlflow/mlruns"), join(folder, "mlruns"), { recursive: true });
  cpSync(join(fixtures, "mlflow/database"), join(folder, "database"), { recursive: true });
  const packed = readFileSync(join(folder, "database/mlflow.db.gz"));
  writeFileSync(join(folder, "database/mlflow.db"), gunzipSync(packed));
  mkdirSync(join(folder, "moved"));
  const artifactRoots = new Map([["s3://bucket", join(folder, "moved")]]);

  /** Runs of two layouts in a store of ours: what servers and folders that are no fixtures are filled with. */
  const seed = openStore(join(folder, "seed"));
  for (const name of ["lab", "neural"]) {
    const { source, close } = await openSource(join(folder, name), { timezone: "UTC" });
    await importRuns({ source, store: seed });
    await close();
  }

  async function filled(place: string): Promise<Destination> {
    const destination = await open(place);
    const report = await exportRuns({ store: seed, runs: openReader(seed).runs(), destinations: [destination] });
    const bad = report.runs.filter(({ state }) => state !== "delivered");
    if (bad.length > 0) throw new Error(`${place} could not be filled: ${JSON.stringify(bad)}`);
    return destination;
  }

  async function ofFolder(name: string): Promise<OpenedSource> {
    return openSource(join(folder, name), { timezone: "UTC", artifactRoots });
  }

  async function ofPlace(kind: SourceKind, place: string): Promise<OpenedSource> {
    const { name, source, backend } = await filled(place);
    return { name, layout: kind, source, close: () => backend.close() };
  }

  return {
    folder,
    async source(kind) {
      if (kind === "mlflow.db") return ofFolder("database/mlflow.db");
      if (kind === "local") return ofFolder("seed");
      if (kind === "tensorboard" || kind === "wandb-offline" || kind === "csv" || kind === "parquet") {
        const place = await filled(`${kind}:from-${kind}`);
        await place.backend.close();
        return ofFolder(`from-${kind}`);
      }
      if (kind === "wandb") return ofPlace(kind, `wandb:${wandb.entity}/seed`);
      if (kind === "mlflow") {
        await mlflow!.empty();
        return ofPlace(kind, `mlflow:${mlflow!.url}`);
      }
      return ofFolder(kind);
    },
    async destination(kind, name) {
      if (kind === "mlflow") return open(`mlflow:${mlflow!.url}`);
      if (kind === "wandb") return open(`wandb:${wandb.entity}/${name}`);
      return open(`${kind}:${name}-to-${kind}`);
    },
    async close() {
      await wandb.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Reads a destination back into a new store, and tells of each run what is not as the destination is to keep it. */
export async function comeBack(from: Store, { source, backend, masks }: Destination, folder: string) {
  const back = openStore(folder);
  const ids = from.ids();
  const imported = await importRuns({ source, store: back, ids });
  const failed = imported.filter(({ state }) => state === "failed");
  const missing = ids.filter((id) => !back.has(id));
  const different: object[] = [];
  for (const id of ids.filter((one) => back.has(one))) {
    const view = await viewOf(from.run(id).journal, masks);
    const { complete, mismatches } = verify(view, backend.keeps, await viewOf(back.run(id).journal, false));
    if (!complete) different.push({ id, mismatches: mismatches.slice(0, 3) });
  }
  return { failed, missing, different };
}

function viewOf(journal: Journal, mask: boolean): Promise<RunView> {
  return fold(journal, { mask });
}
