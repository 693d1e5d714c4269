import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forward, memoryDeliveries } from "@runferry/core";
import { localBackend } from "@runferry/local";
import { hostileRuns } from "@runferry/testkit";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { startRun } from "@runferry/tracker";
import { wandbClient } from "@runferry/wandb";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let folder: string;
let server: WandbServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-wandb-command-"));
  writeFileSync(join(folder, "package.json"), "{}");
  server = await startWandbServer({ strict: true });
  for (const lr of [0.1, 0.2]) {
    const run = startRun({ dir: join(folder, "runferry"), experiment: "ctr", params: { lr }, quiet: true });
    for (let step = 0; step < 20; step++) run.log({ loss: lr / (step + 1) }, step);
    await run.logText("good notes", "notes.txt");
    await run.end();
  }
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const runferry = (words: readonly string[], env?: NodeJS.ProcessEnv) =>
  runferryIn(folder, words, { HOME: folder, WANDB_BASE_URL: server.url, WANDB_API_KEY: server.apiKey, ...env });

describe("a W&B server", () => {
  test("gets every run, a second export sends nothing, and verify proves the copy", async () => {
    const backend = localBackend(join(folder, "runferry"));
    const hostile = await hostileRuns(3, { names: 50, mixtures: 1, largestFile: 4096 });
    for (const { journal } of hostile) await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
    await backend.close();
    const place = `wandb:${server.entity}/ctr`;
    const first = await runferry(["export", "--to", place, "--accept-loss"]); // the hostile runs tell of losses
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const sent = () => server.requests().filter(({ path }) => path.includes("file_stream")).length;
    const before = sent();
    expect(before).toBeGreaterThan(hostile.length);
    const again = await runferry(["export", "--to", place, "--accept-loss"]);
    expect(again.code).toBe(0);
    expect(sent()).toBe(before);
    const verified = await runferry(["verify", "--to", place, "--accept-loss"]);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    expect(verified.stdout).toMatch(new RegExp(`^${place}: ${hostile.length + 2} runs, .*equal but converted`));
    // `use_artifact(use_as=…)` sends it; the recorded programs do not call it so.
    expect(server.failures().filter((failure) => !failure.includes("UseArtifactInput.usedAs"))).toEqual([]);
  });

  test("verify compares files by what the server tells of them, and names one that was changed there", async () => {
    const project = `${server.entity}/files`;
    const line = ["ctr", "--to", `wandb:${project}`];
    expect((await runferry(["export", ...line])).code).toBe(0);
    const read = () => server.requests().filter(({ kind, method }) => kind === "storage" && method === "GET").length;
    const before = read();
    const whole = await runferry(["verify", ...line]);
    expect(whole.stdout).toContain("2 runs, 40 points, 2 files by bytes: 2 equal but converted");
    expect(read()).toBe(before);
    const client = wandbClient({ baseUrl: server.url, apiKey: server.apiKey, env: {} });
    const run = server
      .runs()
      .find((one) => one.startsWith(project))!
      .split("/")[2]!;
    const place = { entity: server.entity, project: "files", run };
    for await (const { name } of client.runs.files(place)) {
      const [target] = await client.runs.createFiles(place, [name]);
      if (!name.endsWith("notes.txt")) continue;
      await client.storage.put(
        target!,
        async function* () {
          yield Buffer.from("evil notes");
        },
        { bytes: 10 },
      );
    }
    client.close();
    const { code, stdout } = await runferry(["verify", ...line]);
    expect(code).toBe(1);
    expect(stdout).toContain("1 equal but converted · 1 different");
    expect(stdout).toMatch(/file notes\.txt: here 10 bytes, .*, there differs: 10 bytes, /);
    expect(read()).toBe(before + 1);
  });

  test("a run that was deleted there goes there again under the id that is given", async () => {
    const place = `wandb:${server.entity}/again`;
    const [id] = (await runferry(["ls", "ctr", "--limit", "1", "--json"])).stdout.match(/[0-9a-z]{26}/) ?? [];
    expect((await runferry(["export", id!, "--to", place])).code).toBe(0);
    server.deleteRun(server.entity, "again", id!);
    const run = startRun({ dir: join(folder, "runferry"), id: id!, resume: "must", quiet: true });
    run.setTags({ late: "yes" });
    await run.end();
    const refused = await runferry(["export", id!, "--to", place]);
    expect([refused.code, refused.stdout]).toEqual([1, expect.stringContaining("--as <new id>")]);
    const anew = await runferry(["export", id!, "--to", place, "--as", "second"]);
    expect(anew.code, anew.stdout + anew.stderr).toBe(0);
    expect((await runferry(["verify", id!, "--to", place])).code).toBe(0);
    expect((await runferry(["locate", id!])).stdout).toContain(`${server.entity}/again/runs/second`);
    const many = await runferry(["export", "--to", place, "--as", "third"]);
    expect([many.code, many.stderr]).toEqual([2, expect.stringContaining("--as is for one run and one place")]);
    const other = await runferry(["export", id!, "--to", "tensorboard:./tb", "--as", "third"]);
    expect(other.stderr).toContain("gives runs ids of its own");
  });

  test("doctor says what is there; a wrong key is one error, shown nowhere", async () => {
    const well = await runferry(["doctor", "--to", `wandb:${server.entity}/ctr`]);
    expect(well.stdout).toContain(`place    wandb:${server.entity}/ctr: is there, server W&B, log-in ${server.entity}`);
    const wrong = `${"0".repeat(39)}x`;
    const refused = await runferry(["export", "--to", `wandb:${server.entity}/other`], { WANDB_API_KEY: wrong });
    expect(refused.code).toBe(3);
    expect(refused.stderr + refused.stdout).toContain("WANDB_API_KEY");
    expect(refused.stderr + refused.stdout).not.toContain(wrong);
    const none = await runferry(["export", "--to", "wandb:x/other"], { WANDB_API_KEY: "" });
    expect(none.code).toBe(3);
    expect(none.stderr + none.stdout).toContain("WANDB_API_KEY");
  });

  test("what others logged there is taken in", async () => {
    const { code, stdout } = await runferry(["import", `wandb:${server.entity}/ctr`, "--dir", "from-wandb"]);
    expect(code, stdout).toBe(0);
    const listed = await runferry(["ls", "ctr", "--dir", "from-wandb", "--json"]);
    expect(JSON.parse(listed.stdout)).toHaveLength(2);
  });
});

test("wandb-offline holds every run, verify proves it, and it is taken in again", async () => {
  const exported = await runferry(["export", "ctr", "--to", "wandb-offline:offline"]);
  expect(exported.code, exported.stdout + exported.stderr).toBe(0);
  const verified = await runferry(["verify", "ctr", "--to", "wandb-offline:offline"]);
  expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  expect(verified.stdout).toContain(
    "wandb-offline:offline: 2 runs, 40 points, 2 files by bytes: 2 equal but converted",
  );
  const back = await runferry(["import", "offline", "--dir", "from-offline"]);
  expect(back.stdout).toMatch(/^offline\s+wandb-offline\s+2/m);
});
