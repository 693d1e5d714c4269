import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { bytesOf, describeMismatch, fold, type Journal, missingFrom, type RunView, type Source } from "@runferry/core";
import { mlflowSource } from "@runferry/mlflow";
import { expect, onTestFinished, test } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { digestOf } from "../stores.ts";
import { copyStore, layoutOf, type StoreKind } from "./stores.ts";

/** Makes a copied store say that it lies where it does, so that a server finds its files. */
function moveHome(kind: StoreKind, folder: string): void {
  if (kind === "mlruns") {
    for (const path of globSync("mlruns/{**,.trash/**}/meta.yaml", { cwd: folder })) {
      const text = readFileSync(join(folder, path), "utf8");
      writeFileSync(join(folder, path), text.replaceAll("/tmp/project/files", folder));
      if (!/^entry_point_name:/m.test(text)) continue;
      // MLflow takes a folder for a run only with these, and git keeps no empty ones.
      for (const name of ["metrics", "params", "tags", "artifacts"]) {
        mkdirSync(join(folder, path, "..", name), { recursive: true });
      }
    }
    return;
  }
  const db = new DatabaseSync(join(folder, "mlflow.db"));
  for (const [table, column] of [
    ["runs", "artifact_uri"],
    ["model_versions", "source"],
    ["logged_models", "artifact_location"],
  ]) {
    db.prepare(`UPDATE ${table} SET ${column} = replace(${column}, '/tmp/project/database', ?)`).run(folder);
  }
  db.close();
}

const program = join(import.meta.dirname, "../../../mlflow/test/serve.ts");

async function serve(python: string, kind: StoreKind, folder: string): Promise<string> {
  const uri = kind === "mlruns" ? `file://${folder}/mlruns` : `sqlite:///${folder}/mlflow.db`;
  const artifacts = join(folder, "mlartifacts");
  mkdirSync(artifacts, { recursive: true });
  const child: ChildProcess = spawn(process.execPath, ["--no-warnings", program, python, uri, artifacts], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.stdin!.end();
    await once(child, "exit");
  });
  const [line] = (await once(createInterface({ input: child.stdout! }), "line")) as [string];
  return (JSON.parse(line) as { url: string }).url;
}

async function runsOf(source: Source): Promise<ReadonlyMap<string, { journal: Journal; view: RunView }>> {
  const runs = new Map<string, { journal: Journal; view: RunView }>();
  for await (const journal of source.runs()) runs.set(journal.run, { journal, view: await fold(journal) });
  return runs;
}

for (const kind of ["mlruns", "mlflow-db"] satisfies StoreKind[]) {
  test(`${kind}: a server on the store and the store itself give the same runs`, {
    timeout: 120_000,
  }, async (context) => {
    const { python } = needPeer(context, "mlflow");
    const { folder, remove } = copyStore(kind);
    onTestFinished(remove);
    moveHome(kind, folder);
    const uri = await serve(python, kind, folder);
    const served = await runsOf(mlflowSource({ uri, env: {}, view: "ALL" }));

    // The server has the store open while its files are read.
    const before = digestOf(folder);
    const read = await runsOf(layoutOf[kind].source(folder, { deleted: true }));
    expect(digestOf(folder)).toBe(before);
    expect(served.size).toBe(7);
    expect([...read.keys()].sort()).toEqual([...served.keys()].sort());
    for (const [id, { journal, view }] of read) {
      const there = served.get(id)!;
      expect([...missingFrom(view, there.view)].map(describeMismatch), `missing of ${id}`).toEqual([]);
      expect([...missingFrom(there.view, view)].map(describeMismatch), `added to ${id}`).toEqual([]);
      expect(view.differences.length, `lost of ${id}`).toBe(there.view.differences.length);
      for (const { file } of view.artifacts.values()) {
        expect(await bytesOf(journal.open(file))).toEqual(await bytesOf(there.journal.open(file)));
      }
    }
  });
}
