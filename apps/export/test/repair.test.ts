import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { openReader, startRun } from "@runferry/tracker";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: string;
let server: WandbServer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-repair-"));
  writeFileSync(join(folder, "package.json"), "{}");
  server = await startWandbServer({ strict: true });
  for (const name of ["one", "two"]) {
    const run = startRun({ dir: join(folder, "runferry"), experiment: "ctr", name, params: { lr: 0.1 }, quiet: true });
    run.setTags({ owner: "kim" });
    for (let step = 0; step < 20; step++) run.log({ loss: 1 / (step + 1) }, step);
    await run.logText(`notes of ${name}`, "notes.txt");
    await run.end();
  }
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

const runferry = (...words: readonly string[]) =>
  runferryIn(folder, words, { HOME: folder, WANDB_BASE_URL: server.url, WANDB_API_KEY: server.apiKey });

test("a byte of a file in another store is found by --bytes alone, and the run is written anew", async () => {
  const to = ["--to", "local:copy"];
  expect((await runferry("export", ...to)).code).toBe(0);
  const { dir, id } = openReader(join(folder, "copy")).getRun("ctr/two");
  writeFileSync(join(dir, "artifacts/notes.txt"), "notes of twa");
  expect((await runferry("verify", ...to)).code).toBe(0); // the same size
  const { code, stdout } = await runferry("verify", ...to, "--bytes");
  expect(code).toBe(1);
  expect(stdout).toContain("1 equal · 1 different");
  expect(stdout).toMatch(/^local:copy: 2 runs, 40 points, 2 files by bytes: /m);
  expect(stdout).toMatch(/^ctr\/two {2}file notes\.txt: here 12 bytes, .*, there differs: 12 bytes, /m);
  const repaired = await runferry("export", "--repair", ...to);
  expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
  expect(repaired.stdout).toMatch(/^ctr\/two {2}local:copy: 1 thing amiss; written anew$/m);
  expect((await runferry("verify", ...to, "--bytes")).code).toBe(0);
  expect(readFileSync(join(folder, "copy/trash", id, "artifacts/notes.txt"), "utf8")).toBe("notes of twa");
});

test("a run that was cut off or is gone in a logdir is written anew, and what was there is kept", async () => {
  const to = ["--to", "tensorboard:tb"];
  expect((await runferry("export", ...to)).code).toBe(0);
  const [events] = readdirSync(join(folder, "tb/ctr/one")).filter((name) => name.includes("tfevents"));
  const path = join(folder, "tb/ctr/one", events!);
  truncateSync(path, Math.floor(readFileSync(path).length / 2));
  rmSync(join(folder, "tb/ctr/two"), { recursive: true });
  const found = await runferry("verify", ...to);
  expect(found.stdout).toContain("1 different · 1 missing");
  const repaired = await runferry("export", "--repair", ...to);
  expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
  expect(repaired.stdout).toMatch(/^ctr\/one {2}tensorboard:tb: \d+ things amiss; written anew$/m);
  expect(repaired.stdout).toMatch(/^ctr\/two {2}tensorboard:tb: it was not there; written anew$/m);
  expect((await runferry("verify", ...to)).code).toBe(0);
  const told = (await runferry("export", "--repair", "--json", ...to)).stderr;
  expect(told).toMatch(/"stage": ?"verify".*"isOver": ?true/);
  const kept = readdirSync(join(folder, "tb.trash"), { recursive: true }).map(String);
  expect(kept.some((name) => name.endsWith(events!))).toBe(true);
});

test("a copy that stops its own readers is different, though we can read around the damage", async () => {
  const to = ["--to", "tensorboard:spoilt"];
  expect((await runferry("export", ...to)).code).toBe(0);
  const dir = join(folder, "spoilt/ctr/one");
  const path = join(dir, readdirSync(dir).find((name) => name.includes("tfevents"))!);
  const bytes = readFileSync(path);
  const at = bytes.indexOf("_hparams_/session_start_info");
  expect(at).toBeGreaterThan(0);
  bytes[at + 40]! ^= 1; // its checksum is wrong now
  writeFileSync(path, bytes);
  const found = await runferry("verify", ...to);
  expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("1 different")]);
  const repaired = await runferry("export", "--repair", ...to);
  expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
  expect((await runferry("verify", ...to)).code).toBe(0);
});

test("one part of Parquet that is damaged is its run's trouble alone", async () => {
  const to = ["--to", "parquet:parts"];
  expect((await runferry("export", ...to)).code).toBe(0);
  const runs = join(folder, "parts/metrics/experiment=ctr");
  const dir = join(runs, readdirSync(runs)[0]!);
  truncateSync(join(dir, readdirSync(dir)[0]!), 40);
  const found = await runferry("verify", ...to);
  expect([found.code, found.stdout]).toEqual([1, expect.stringContaining("1 different")]);
  expect((await runferry("export", "--repair", ...to)).code).toBe(0);
  expect((await runferry("verify", ...to)).code).toBe(0);
});

test.each(["local", "tensorboard", "csv", "wandb-offline"])(
  "a %s folder that is gone is said, and written anew",
  async (kind) => {
    const to = ["--to", `${kind}:gone-${kind}`];
    expect((await runferry("export", ...to)).code).toBe(0);
    rmSync(join(folder, `gone-${kind}`), { recursive: true });
    const again = await runferry("export", ...to);
    expect([again.code, again.stdout]).toEqual([1, expect.stringContaining("is not there any more")]);
    expect((await runferry("export", "--repair", ...to)).code).toBe(0);
    expect((await runferry("verify", ...to)).code).toBe(0);
  },
);

test("runs that were told in another way are named; the others go on, and repair tells them as before", async () => {
  const to = ["--to", "tensorboard:told"];
  expect((await runferry("export", "ctr/one", ...to, "--tag", "from=archive")).code).toBe(0);
  const both = await runferry("export", ...to);
  expect([both.code, both.stdout]).toEqual([1, expect.stringMatching(/ctr\/one .*has other tags/)]);
  expect((await runferry("verify", "ctr/two", ...to)).code).toBe(0);
  rmSync(join(folder, "told/ctr/one"), { recursive: true });
  const repaired = await runferry("export", "--repair", ...to);
  expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
  expect((await runferry("verify", ...to)).code).toBe(0);
});

test.each(["csv", "parquet"])("rows that are gone from %s tables are written anew", async (kind) => {
  const to = ["--to", `${kind}:${kind}`];
  expect((await runferry("export", ...to)).code).toBe(0);
  const runs = join(folder, kind, "metrics/experiment=ctr");
  rmSync(join(runs, readdirSync(runs)[0]!), { recursive: true });
  expect((await runferry("verify", ...to)).stdout).toContain("1 different");
  const repaired = await runferry("export", "--repair", ...to);
  expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
  expect(repaired.stdout).toContain("written anew");
  expect((await runferry("verify", ...to)).code).toBe(0);
});

test("what cannot be repaired there is said: W&B takes no run again that was deleted", async () => {
  const to = ["--to", `wandb:${server.entity}/ctr`];
  expect((await runferry("export", ...to)).code).toBe(0);
  const { id } = openReader(join(folder, "runferry")).getRun("ctr/two");
  server.deleteRun(server.entity, "ctr", id);
  expect((await runferry("verify", ...to)).stdout).toContain("ctr/two  is not there");
  const repaired = await runferry("export", "--repair", ...to);
  expect(repaired.code).toBe(1);
  expect(repaired.stdout).toMatch(/^ctr\/two {2}wandb:\S+: it was not there; not repaired: /m);
  const copied = await runferry("export", "two", ...to, "--into", "second");
  expect(copied.code, copied.stdout + copied.stderr).toBe(0);
});
