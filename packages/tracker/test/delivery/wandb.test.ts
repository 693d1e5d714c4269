import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fold } from "@runferry/core";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { openDestination, parsePlace, syncRuns } from "@runferry/tracker";
import { expect, it } from "vitest";
import { type Scene, scene, statusOf, until, untilArrived } from "./scene.ts";

const apiKey = "d0a1".repeat(10);

async function wandbFor(at: Scene) {
  const server = await startWandbServer({ apiKey });
  at.whenDone(() => server.close());
  const environment = { WANDB_BASE_URL: server.url, WANDB_API_KEY: apiKey, WANDB_CONFIG_DIR: "/nowhere" };
  return { server, environment };
}

it.each([
  ["wandb:ferry/ctr", {}, "ferry/ctr", "ferry/ctr"],
  ["wandb:ctr", {}, "/ctr", "ferry/ctr"],
  ["wandb", {}, "/", "ferry/dual"],
  ["wandb", { WANDB_ENTITY: "ferry" }, "ferry/", "ferry/dual"],
])("%s with %j is remembered as %s, and the run goes to %s", async (place, more, remembered, project) => {
  const at = await scene();
  const { server, environment } = await wandbFor(at);
  const training = { backend: place, steps: 100, waitMs: 30_000, isReal: true } as const;
  const { said, ended } = at.start(training, { ...environment, ...more });
  const run = await said("trained");
  expect((await ended).code).toBe(0);
  const text = `wandb:${server.url}/${remembered}`;
  const { folder } = at.store().run(run);
  expect(JSON.parse(readFileSync(join(folder, "delivery/places.json"), "utf8"))).toEqual({ places: [text] });
  expect(await statusOf(at, run, "wandb")).toMatchObject({
    place: text,
    state: "up to date",
    delivered: 102,
    isFollowed: true,
    remote: { id: `${project}/${run}`, url: `${server.url}/${project}/runs/${run}` },
  });
  expect(server.runs()).toEqual([`${project}/${run}`]);
});

it("what W&B keeps in the folder of the training is found by whoever delivers", async () => {
  const at = await scene();
  const { server, environment } = await wandbFor(at);
  mkdirSync(join(at.folder, "wandb"));
  writeFileSync(join(at.folder, "wandb/settings"), `[default]\nbase_url = ${server.url}\napi_key = ${apiKey}\n`);
  const { WANDB_API_KEY: _key, WANDB_BASE_URL: _url, ...others } = environment;
  const training = { backend: "wandb:ferry/ctr", steps: 10, waitMs: 30_000, isReal: true } as const;
  const { said, ended } = at.start(training, { ...others, HOME: at.folder });
  const run = await said("trained");
  expect((await ended).code).toBe(0);
  expect(await statusOf(at, run, "wandb")).toMatchObject({ state: "up to date", delivered: 12 });
});

it("kill -9: all that was logged is there, and the run is no longer running", async () => {
  const at = await scene();
  const { server, environment } = await wandbFor(at);
  const training = { backend: "wandb:ferry/ctr", steps: 1000, way: "wait", isReal: true } as const;
  const { child, said, ended } = at.start(training, environment);
  const run = await said("trained");
  child.kill("SIGKILL");
  await ended;
  await untilArrived(at, run, "wandb");
  expect((await server.run("ferry", "ctr", run))?.state).toBe("failed"); // W&B has no other word for it that a client may send
  const { source } = await openDestination(parsePlace("wandb:ferry/ctr"), at.folder, environment);
  for await (const journal of source.runs({ ids: [run] })) {
    const view = await fold(journal);
    expect([view.status, view.metrics.get("loss")?.series.length]).toEqual(["killed", 1000]);
  }
});

it("where it does not let us in, it stops alone and says so, and sync goes on with it", async () => {
  const at = await scene();
  const { server, environment } = await wandbFor(at);
  server.setLocked(true);
  const training = { backend: ["wandb:ferry/ctr", "tensorboard:tb"], steps: 100, waitMs: 30_000, isReal: true };
  const startedAt = Date.now();
  const { said, ended } = at.start({ ...training, loud: true }, environment);
  const run = await said("trained");
  const { code, stderr } = await ended;
  expect(code).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(stderr).toMatch(/wandb:\S+ needs credentials for 102 events: .*WANDB_API_KEY.*; then: runferry sync/s);
  expect(stderr).not.toContain(apiKey);
  await untilArrived(at, run, "tensorboard");
  await until(async () => (await statusOf(at, run, "wandb"))?.state === "stopped");
  expect((await statusOf(at, run, "wandb"))?.lastError?.code).toBe("needs_credentials");
  server.setLocked(false);
  const open = (place: string) => openDestination(parsePlace(place), at.folder, environment);
  expect(await syncRuns({ store: at.store(), runs: [run], open })).toMatchObject([{ state: "delivered" }]);
  expect(await statusOf(at, run, "wandb")).toMatchObject({ state: "up to date", delivered: 102 });
});
