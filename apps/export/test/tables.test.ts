import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { startRun, syncRuns } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runferryIn } from "./workshop.ts";

const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-tables-"));
  writeFileSync(join(folder, "package.json"), "{}");
  cpSync(join(fixtures, "lab"), join(folder, "lab"), { recursive: true });
  for (const lr of [0.1, 0.2]) {
    const run = startRun({
      experiment: "ctr",
      params: { lr, layers: [2, 1] },
      dir: join(folder, "runferry"),
      quiet: true,
    });
    for (let step = 0; step < 10; step++) run.log({ loss: lr / (step + 1), "val/auc": Number.NaN }, step);
    await run.logText("notes", "notes.txt");
    await run.end();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);

describe.each(["csv", "parquet"])("%s", (kind) => {
  test("holds every run, verify proves it, and it is taken in again", async () => {
    const to = `${kind}:${kind}-out`;
    const exported = await runferry("export", "ctr", "--to", to);
    expect(exported.code, exported.stdout + exported.stderr).toBe(0);
    expect(exported.stdout).toContain("2 left out: artifacts, which are only listed, e.g. notes.txt");
    const verified = await runferry("verify", "ctr", "--to", to);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    expect(verified.stdout).toContain(`${to}: 2 runs, 40 points: 2 equal but converted`);
    const planned = await runferry("plan", `${kind}-out`, "--to", to);
    expect(planned.stdout).toMatch(new RegExp(`^${to}\\s+–\\s+2`, "m"));
    const back = await runferry("import", `${kind}-out`, "--dir", `from-${kind}`);
    expect(back.stdout).toMatch(new RegExp(`^${kind}-out\\s+${kind}\\s+2`, "m"));
    const best = await runferry("ls", "ctr", "--dir", `from-${kind}`, "--json", "--sort", "metrics.loss");
    expect(JSON.parse(best.stdout)).toMatchObject([{ params: { lr: 0.1, layers: [2, 1] } }, { params: { lr: 0.2 } }]);
    const looked = await runferry("doctor", "--to", to);
    expect(looked.stdout).toContain(`${to}: a folder`);
  });

  test("what is missing there is found, run by run", async () => {
    const place = `${kind}-cut`;
    await runferry("export", "ctr", "--to", `${kind}:${place}`);
    const tables = readdirSync(join(folder, place, "metrics"), { recursive: true, withFileTypes: true });
    const [file] = tables.filter((entry) => entry.isFile());
    rmSync(join(file!.parentPath, file!.name));
    const verified = await runferry("verify", "ctr", "--to", `${kind}:${place}`);
    expect(verified.code).toBe(1);
    expect(verified.stdout).toContain("loss");
    await runferry("forget", "ctr", "--to", `${kind}:${place}`);
    const again = await runferry("export", "ctr", "--to", `${kind}:${place}`);
    expect(again.code, again.stdout).toBe(0);
    expect((await runferry("verify", "ctr", "--to", `${kind}:${place}`)).code).toBe(0);
  });

  test("runs of another tool are moved into one lake, and a second time nothing is", async () => {
    const words = ["migrate", "lab", "--dir", `store-${kind}`, "--to", `${kind}:${kind}-lake`, "--timezone", "UTC"];
    const first = await runferry(...words);
    expect(first.code, first.stdout + first.stderr).toBe(0);
    const digest = () =>
      readdirSync(join(folder, `${kind}-lake`), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map(({ parentPath, name }) => `${parentPath}/${name}:${readFileSync(join(parentPath, name), "base64")}`);
    const written = digest();
    expect((await runferry(...words)).code).toBe(0);
    expect(digest()).toEqual(written);
  });

  test("follows a run live, and a process that is killed is a killed run there", async () => {
    const dir = join(folder, `live-${kind}`);
    const program = `
      import { startRun } from "@runferry/tracker";
      const run = startRun({ experiment: "live", dir: process.argv[2], backend: "${kind}:" + process.argv[2] + "-lake", quiet: true });
      for (let step = 0; step < 50; step++) run.log({ loss: step }, step);
      process.kill(process.pid, "SIGKILL");`;
    const script = join(import.meta.dirname, `.live-${kind}-${process.pid}.ts`);
    writeFileSync(script, program);
    spawnSync(process.execPath, [script, dir]);
    rmSync(script);
    const place = `${kind}:${dir}-lake`;
    for (let tries = 0; ; tries++) {
      await syncRuns({ store: openStore(dir) });
      const verified = await runferry("verify", "live", "--dir", dir, "--to", place);
      if (verified.code === 0 || tries === 20) {
        expect(verified.stdout).toContain("1 run, 50 points: 1 equal");
        break;
      }
    }
    const listed = await runferry("import", `${dir}-lake`, "--dir", join(folder, `back-${kind}`), "--json");
    expect(listed.code).toBe(0);
    const runs = await runferry("ls", "live", "--dir", join(folder, `back-${kind}`), "--json");
    expect(JSON.parse(runs.stdout)).toMatchObject([{ status: "killed" }]);
  }, 60_000);
});
