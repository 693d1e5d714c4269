import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { removeFolder } from "@runferry/testkit";
import { startRun, syncRuns } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { repository } from "../../../tools/bundled-node.mjs";
import { askDuckdb } from "../../../tools/peers/duckdb.ts";
import { needPeer } from "../../../tools/peers/peer.ts";
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
afterAll(() => removeFolder(folder));

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
    const planned = await runferry("plan", "runferry", "--to", to);
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
    // Inside the repository, where the packages are found by name.
    const scratch = join(repository, ".scratch", `live-${kind}-${process.pid}`);
    mkdirSync(scratch, { recursive: true });
    writeFileSync(join(scratch, "live.ts"), program);
    spawnSync(process.execPath, [join(scratch, "live.ts"), dir]);
    rmSync(scratch, { recursive: true });
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

test("the statement of docs/migrating.md tells of every run that was moved", async (context) => {
  const { python } = needPeer(context, "duckdb");
  const document = readFileSync(join(import.meta.dirname, "../../../docs/migrating.md"), "utf8");
  const statement = document.split("```sql\n")[1]?.split("```")[0];
  const cwd = join(folder, "documents");
  cpSync(join(fixtures, "lab"), join(cwd, "experiments"), { recursive: true });
  const [, line] = /^\$ runferry (migrate .*lake)/m.exec(document) ?? [];
  expect((await runferryIn(cwd, [...line!.split(" "), "--dir", "store", "--timezone", "UTC"])).code).toBe(0);
  const program = "import json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))";
  const rows = JSON.parse(askDuckdb(python, program, [statement!], cwd)) as unknown[][];
  expect(rows.map(([, name]) => name).sort()).toEqual(["run_001", "run_002", "run_003"]);
  const best = rows.map(([, , value]) => value as number);
  expect(best).toEqual([...best].sort((a, b) => b - a));
});
