import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import type { MlflowServer } from "@runferry/mlflow";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { exportRuns, openDestination, openReader, openServer, parsePlace, startRun } from "../src/index.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("people's verbs at a real MLflow server", () => {
  const real = borrowMlflow();
  let folder: string;
  let server: MlflowServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "runferry-verbs-"));
    for (const [i, lr] of [0.1, 0.2, 0.3].entries()) {
      const run = startRun({ dir: folder, experiment: "ppo", params: { lr, net: "mlp" }, quiet: true });
      run.setTags({ team: i === 1 ? "rl" : "ml" });
      for (let step = 0; step < 4; step++) run.log({ reward: 100 * lr + step, loss: 1 / (step + 1) }, step);
      if (i === 2) run.log({ only: 1 });
      for (const step of [1, 2]) {
        await run.logCheckpoint(Buffer.from(`weights ${lr} ${step}`), { step, metrics: { accuracy: lr * step } });
      }
      await run.end(i === 0 ? "failed" : "finished");
    }
    const other = startRun({ dir: folder, experiment: "other", quiet: true });
    other.log({ reward: 1000 });
    await other.logModel(Buffer.from("a model"), { name: "plain" });
    await other.end();
    const destination = await openDestination(parsePlace(`mlflow:${real().url}`));
    const report = await exportRuns({
      store: openStore(folder),
      runs: openReader(folder).runs(),
      destinations: [destination],
    });
    expect(new Set(report.runs.map((run) => run.state))).toEqual(new Set(["delivered"]));
    await destination.backend.close();
    server = await openServer(`mlflow:${real().url}`);
  });
  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    {},
    { experiment: "ppo" },
    { filter: "metrics.reward > 15" },
    { filter: "params.lr = '0.1' and metrics.loss < 0.5" },
    { filter: "tags.team = 'ml' AND attributes.status = 'FINISHED'" },
    { filter: "tags.team != 'ml'" },
    { filter: "params.net LIKE 'm%'", orderBy: "metrics.reward desc" },
    { filter: "tags.team ILIKE 'R%'" },
    { experiment: "ppo", orderBy: "metrics.loss, params.lr desc", limit: 2 },
    { orderBy: "metrics.only desc, metrics.reward" },
    { limit: 0 },
    { filter: "run_name = 'run_002'" },
    { filter: "params.lr IS NULL" },
    { filter: "tags.team IS NOT NULL and start_time > 1600000000000 and end_time >= 1600000000000" },
    { filter: "metrics.`reward` != 13 and params.\"net\" = 'mlp' and attr.user_id != 'nobody'" },
    { filter: "attributes.status LIKE 'FIN%' and tag.team LIKE '_l'" },
  ])("a search reads and finds the same here and there: %j", async (options) => {
    const here = openReader(folder).runs(options);
    const there = await server.searchRuns(options);
    expect(there.map((run) => run.localId)).toEqual(here.map((run) => run.id));
    for (const [i, run] of there.entries()) {
      const { name, experiment, status, metrics, params } = here[i]!;
      expect(run).toMatchObject({ name, experiment, status, isDeleted: false });
      expect(run.startedAt).toBe(Math.floor(here[i]!.startedAt));
      expect(run.params).toEqual(
        Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)])),
      );
      const lasts = (all: { readonly [name: string]: { readonly last: number } }) =>
        Object.entries(all)
          .map(([key, { last }]) => [key, last])
          .sort();
      expect(lasts(run.metrics)).toEqual(lasts(metrics));
    }
  });

  test("what a search cannot mean is said by the server, or before", async () => {
    await expect(server.searchRuns("metrics.reward > ")).rejects.toMatchObject({ code: "refused" });
    await expect(server.searchRuns({ experiment: "pppo" })).rejects.toMatchObject({ code: "not_found" });
    await expect(server.searchRuns({ orderBy: "metrics.reward upwards" })).rejects.toMatchObject({
      code: "bad_option",
    });
    await expect(server.searchRuns({ limit: 1.5 })).rejects.toMatchObject({ code: "bad_option" });
    await expect(openServer("tensorboard:tb")).rejects.toMatchObject({ code: "bad_option" });
  });

  test("the best models are ranked by their own metrics, or else by the last value of their run", async () => {
    const best = await server.searchBestModels("accuracy", { mode: "max", experiment: "ppo", limit: 3 });
    expect(best.map(({ value, of }) => [value, of])).toEqual([
      [0.6, "model"],
      [0.4, "model"],
      [0.3, "model"],
    ]);
    const [run] = await server.searchRuns("params.lr = '0.3'");
    expect(best[0]).toMatchObject({ run: run!.id, experiment: "ppo", metrics: { accuracy: 0.6 } });
    const [worst] = await server.searchBestModels("reward", { mode: "max" });
    expect(worst).toMatchObject({ value: 1000, of: "run", name: "plain" });
    const named = await server.searchBestModels("reward", { mode: "min", filter: "name = 'plain'" });
    expect(named).toHaveLength(1);
    expect(await server.searchBestModels("nothing", { mode: "min" })).toEqual([]);
  });

  test("a model is registered from wherever it lies, and each time is a version", async () => {
    const [best] = await server.searchBestModels("accuracy", { mode: "max" });
    const first = await server.registerModel(best!, "policy", {
      description: "the first",
      tags: { by: "kim" },
      aliases: ["candidate"],
      stage: "Staging",
    });
    expect(first).toMatchObject({
      name: "policy",
      version: 1,
      stage: "Staging",
      aliases: ["candidate"],
      tags: { by: "kim" },
      description: "the first",
      run: best!.run,
      uri: "models:/policy/1",
    });
    const [local] = openReader(folder).runs("params.lr = '0.3'");
    const path = local!.artifacts.find(({ name }) => name.includes("2"))!.name;
    for (const source of [`runs:/${best!.run}/${path}`, { run: local!.id, path }, best!.uri]) {
      const { version, run, source: where } = await server.registerModel(source, "policy");
      expect(run).toBe(best!.run);
      expect(where).toBe(first.source);
      expect(version).toBeGreaterThan(1);
    }
    // The files of the version are those of the run.
    const { client } = server;
    const { info } = await client.tracking.getRun(best!.run!);
    const inRun = first.source!.slice(info.artifact_uri!.length + 1);
    expect(await client.artifacts.sizeOf(info.artifact_uri!, inRun)).toBe("weights 0.3 2".length);
    expect((await server.modelVersions("policy")).map(({ version }) => version)).toEqual([4, 3, 2, 1]);
    // As MLflow's own client logs one: its files lie beside the run.
    const model = { experimentId: info.experiment_id, name: "net", runId: info.run_id };
    const logged = (await client.models.createLoggedModel(model)).info;
    await client.tracking.logOutputs(info.run_id, [{ model_id: logged.model_id }]);
    for (const source of [`models:/${logged.model_id}`, `runs:/${info.run_id}/net`]) {
      const version = await server.registerModel(source, "beside");
      expect(version).toMatchObject({ source: logged.artifact_uri, run: info.run_id });
    }
  });

  test("stages and aliases move", async () => {
    const [one, two] = (await server.modelVersions("policy")).toReversed();
    await server.transitionStage("policy", one!.version, "Production");
    const moved = await server.transitionStage("policy", two!.version, "Production", { archiveExisting: true });
    expect(moved.stage).toBe("Production");
    expect((await server.modelVersion("policy", one!.version)).stage).toBe("Archived");
    await server.setAlias("policy", "champion", one!.version);
    await server.setAlias("policy", "champion", two!.version);
    expect((await server.modelVersion("policy", "champion")).version).toBe(two!.version);
    expect((await server.modelVersions("policy")).find(({ version }) => version === 1)!.aliases).toEqual(["candidate"]);
    await server.deleteAlias("policy", "champion");
    await expect(server.modelVersion("policy", "champion")).rejects.toMatchObject({ message: /champion/ });
    await server.setVersionTag("policy", 2, "checked", "yes");
    expect((await server.modelVersion("policy", 2)).tags).toEqual({ checked: "yes" });
    await server.deleteModelVersion("policy", 2);
    expect((await server.modelVersions("policy")).map(({ version }) => version)).not.toContain(2);
  });

  test("what is not there is said, and registers nothing", async () => {
    const [run] = await server.searchRuns({ experiment: "ppo", limit: 1 });
    const nowhere = openReader(folder).runs()[0]!.id.replace(/.$/, "z").replace(/^./, "0");
    for (const [source, code] of [
      [{ run: run!.id, path: "no/such" }, "not_found"],
      [{ run: "0".repeat(32), path: "model" }, "not_found"],
      [{ run: nowhere, path: "model" }, "not_found"],
      ["models:/m-none", "not_found"],
      ["model.onnx", "bad_option"],
    ] as const) {
      await expect(server.registerModel(source, "never"), JSON.stringify(source)).rejects.toMatchObject({ code });
    }
    expect(await server.modelVersions("never")).toEqual([]);
  });
});
