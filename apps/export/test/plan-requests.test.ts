import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forward, memoryDeliveries } from "@runferry/core";
import { localBackend, openStore } from "@runferry/local";
import { hostileRuns } from "@runferry/testkit";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { type Destination, openDestination, openReader, parsePlace } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { exportRuns, importRuns, openSource, planRuns } from "../src/index.ts";
import { startGuard } from "./guard.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const repository = join(import.meta.dirname, "../../..");
let folder: string;
let wandb: WandbServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-requests-"));
  wandb = await startWandbServer();
  const ordinary = openStore(join(folder, "ordinary"));
  for (const from of ["examples/experiments", "test-fixtures/layouts/lab", "test-fixtures/layouts/neural"]) {
    const opened = await openSource(join(repository, from), { timezone: "UTC" });
    await importRuns({ source: opened.source, store: ordinary });
    await opened.close();
  }
  const backend = localBackend(join(folder, "hostile"));
  for (const { journal } of await hostileRuns(5, { names: 500, mixtures: 2, largestFile: 4096 })) {
    await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
  }
  await backend.close();
});
afterAll(async () => {
  await wandb.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the plan says of a store, and what an export then really asks. */
async function compare(name: string, destination: Destination, asked: () => number, changed: () => number) {
  const source = await openSource(join(folder, name));
  const plan = await planRuns({ sources: [source], destinations: [destination] });
  expect(changed()).toBe(0); // a plan only looks
  const store = openStore(join(folder, name));
  const before = asked();
  const report = await exportRuns({ store, runs: openReader(store).runs(), destinations: [destination] });
  expect(report.troubles).toEqual({});
  await destination.backend.close();
  const [planned] = plan.destinations;
  expect(planned!.seconds).toBeGreaterThan(0);
  return { planned: planned!.requests!, sent: asked() - before };
}

/** Before the first run it is asked whether the server is there. */
const check = { mlflow: 2, wandb: 1 };

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("at a real MLflow server", () => {
  const server = borrowMlflow();

  async function atMlflow(name: string) {
    const guard = await startGuard(server().url);
    const destination = await openDestination(parsePlace(`mlflow:${guard.url}`));
    const found = await compare(
      name,
      destination,
      () => guard.paths.length,
      () => guard.changes.length,
    );
    guard.close();
    return { planned: found.planned, sent: found.sent - check.mlflow };
  }

  test("ordinary runs take the requests that the plan says, and a few for each experiment that is new", async () => {
    const experiments = 5; // rings, rings_wide, ctr_model, ranking, my_experiment
    const { planned, sent } = await atMlflow("ordinary");
    // It is asked for and created: by one of four runs that begin at the same time, which the others then find out.
    expect(sent - planned).toBeGreaterThanOrEqual(2 * experiments);
    expect(sent - planned).toBeLessThanOrEqual((2 + 3 * 3) * experiments);
  });

  test("hostile runs take what it says, give or take a tenth", async () => {
    const { planned, sent } = await atMlflow("hostile");
    expect(Math.abs(sent - planned) / sent).toBeLessThan(0.1);
  });
});

describe("at a W&B server", () => {
  async function atWandb(name: string) {
    const env = { WANDB_BASE_URL: wandb.url, WANDB_API_KEY: wandb.apiKey };
    const destination = await openDestination(parsePlace(`wandb:${wandb.entity}/${name}`), folder, env);
    const runs = wandb.runs().length;
    const found = await compare(
      name,
      destination,
      () => wandb.requestCount(),
      () => wandb.runs().length - runs,
    );
    return { planned: found.planned, sent: found.sent - check.wandb };
  }

  test("ordinary runs take the requests that the plan says, give or take one in a hundred", async () => {
    const { planned, sent } = await atWandb("ordinary");
    expect(Math.abs(sent - planned) / sent).toBeLessThan(0.01);
  });

  test("hostile runs take what it says, give or take a tenth", async () => {
    const { planned, sent } = await atWandb("hostile");
    expect(Math.abs(sent - planned) / sent).toBeLessThan(0.1);
  });
});
