import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { destinationName } from "@runferry/core";
import { openStore } from "@runferry/local";
import { removeFolder } from "@runferry/testkit";
import { deliveryStatus, type Run, startRun } from "@runferry/tracker";
import { afterAll, describe, expect, it, vi } from "vitest";
import { program, runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000 });

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await removeFolder(folder);
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "runferry-delivery-"));
  folders.push(folder);
  return folder;
}

/** A run that nobody delivers. */
function begin(folder: string, backend: string | readonly string[] = "tensorboard:tb"): Run {
  const environment = { RUNFERRY_DELIVERY: "off" };
  const run = startRun({ experiment: "ctr", backend, quiet: true }, { environment, cwd: folder });
  for (let step = 0; step < 20; step++) run.log({ loss: 1 / (step + 1) }, step);
  return run;
}

describe("status and sync", () => {
  it("tell what is waiting, deliver it, and tell that it is there", async () => {
    const folder = newFolder();
    const run = begin(folder, ["tensorboard:tb", "local:copy"]);
    await run.end();
    const before = await runferryIn(folder, ["status"]);
    expect(before.code).toBe(1);
    expect(before.stdout).toMatch(
      /^ctr\/run_001 {2}tensorboard:\S+\/tb +22 events behind \(\d\.\d+ kB, \d+\.\ds\) +nobody delivers it: runferry sync$/m,
    );
    const synced = await runferryIn(folder, ["sync"]);
    expect(synced.code, synced.stderr).toBe(0);
    expect(synced.stdout).toMatch(/^tensorboard:\S+ {2}1 run delivered$/m);
    const after = await runferryIn(folder, ["status", "--json"]);
    expect(after.code).toBe(0);
    expect(JSON.parse(after.stdout)).toMatchObject([
      {
        run: run.id,
        name: "ctr/run_001",
        destinations: [
          { state: "up to date", delivered: 22, waiting: { events: 0, bytes: 0 }, remote: { id: "ctr/run_001" } },
          { place: `local:${join(folder, "copy")}`, state: "up to date" },
        ],
      },
    ]);
    expect((await runferryIn(folder, ["sync"])).stderr).toContain("everything is where it belongs");
  });

  it("see that the folder of a destination is gone, write no part of a run into a new one, and say what brings it back", async () => {
    const folder = newFolder();
    const run = begin(folder, ["tensorboard:tb", "local:copy"]);
    await run.end();
    expect((await runferryIn(folder, ["sync"])).code).toBe(0);
    rmSync(join(folder, "tb"), { recursive: true });
    await begin(folder).end(); // new there, and not gone
    const place = `tensorboard:${join(folder, "tb")}`;
    const told = await runferryIn(folder, ["status", "run_001"]);
    expect(told.code).toBe(1);
    expect(told.stdout).toContain(`put it back, or: runferry export --repair --to ${place}`);
    const synced = await runferryIn(folder, ["sync"]);
    expect(synced.code).toBe(1);
    expect(synced.stdout).toMatch(/^tensorboard:\S+ {2}1 run delivered$/m);
    expect(synced.stdout).toMatch(/^ctr\/run_001 {2}tensorboard:\S+: gone, the folder \S+ .* is not there any more/m);
    expect((await runferryIn(folder, ["export", "--repair", "--to", place])).code).toBe(0);
    expect((await runferryIn(folder, ["status"])).code).toBe(0);
    expect((await runferryIn(folder, ["verify", "--to", place])).code).toBe(0);
  });

  it("add a destination to what has ended, and say which did not get it", async () => {
    const folder = newFolder();
    await begin(folder, "local").end();
    expect((await runferryIn(folder, ["status"])).stderr).toContain("no run has a destination besides the store");
    const synced = await runferryIn(folder, ["sync", "--to", "local:copy", "--json"]);
    expect(JSON.parse(synced.stdout)).toMatchObject([{ place: `local:${join(folder, "copy")}`, state: "delivered" }]);
    const refused = await runferryIn(folder, ["sync", "--to", "local:runferry/copy"]);
    expect(refused.stderr).toContain("lies in the store");
  });

  it("an export leaves a run to the process that delivers it there", async () => {
    const folder = newFolder();
    const run = begin(folder);
    await run.end();
    const store = openStore(join(folder, "runferry"));
    const lease = store.deliveries.lease(run.id, await destinationName("tensorboard", join(folder, "tb")));
    const exported = await runferryIn(folder, ["export", "--to", "tensorboard:tb"]);
    expect(exported.code).toBe(1);
    expect(exported.stdout).toMatch(/is being written by process \d+ on .*leave it to that process/);
    lease.release();
    expect((await runferryIn(folder, ["export", "--to", "tensorboard:tb"])).code).toBe(0);
  });

  it("follow what is logged, until Ctrl-C", async () => {
    const folder = newFolder();
    const run = begin(folder);
    const child = spawn(process.execPath, [program, "sync", "--follow"], { cwd: folder, stdio: "ignore" });
    const status = async () => (await deliveryStatus(openStore(join(folder, "runferry")), run.id))[0];
    await vi.waitFor(async () => expect(await status()).toMatchObject({ state: "up to date", delivered: 21 }), 15_000);
    run.log({ loss: 0 }, 20);
    await run.end();
    await vi.waitFor(async () => expect(await status()).toMatchObject({ state: "up to date", delivered: 23 }), 15_000);
    child.kill("SIGINT");
    expect((await once(child, "exit"))[0]).toBe(0);
  });
});

describe("locate", () => {
  it("finds a run by what a destination calls it", async () => {
    const folder = newFolder();
    const run = begin(folder);
    await run.end();
    await runferryIn(folder, ["sync"]);
    for (const words of [[run.id], ["@last", "--json"]]) {
      const located = await runferryIn(folder, ["locate", ...words]);
      expect(located.code).toBe(0);
      expect(located.stdout).toContain(run.id);
      expect(located.stdout).toContain("tensorboard:");
    }
    const store = openStore(join(folder, "runferry"));
    const [destination] = store.deliveries.destinations(run.id);
    const url = "http://ml.lab:5000/#/experiments/3/runs/8c1fe2";
    const saved = store.deliveries.saved(run.id, destination!)!;
    await store.deliveries.save(run.id, { ...saved, remote: { id: "8c1fe2", url } });
    for (const known of ["8c1fe2", `${url}/model-metrics`]) {
      expect((await runferryIn(folder, ["locate", known])).stdout).toContain(`ctr/run_001  ${run.id}`);
    }
    const unknown = await runferryIn(folder, ["locate", "http://ml.lab:5000/#/experiments/3/runs/8c1"]);
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain("no run in");
  });
});
