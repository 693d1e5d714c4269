import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { forward, memoryDeliveries } from "@runferry/core";
import { localBackend } from "@runferry/local";
import { mlflowClient } from "@runferry/mlflow";
import { hostileRuns } from "@runferry/testkit";
import { startRun } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { startGuard } from "./guard.ts";
import { runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-mlflow-command-"));
  for (const lr of [0.1, 0.2]) {
    const run = startRun({ dir: join(folder, "runferry"), experiment: "ctr", params: { lr }, quiet: true });
    for (let step = 0; step < 20; step++) run.log({ loss: lr / (step + 1) }, step);
    run.setTags({ owner: "kim" });
    await run.logText("good notes", "notes.txt");
    await run.end();
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (words: readonly string[], env?: NodeJS.ProcessEnv) => runferryIn(folder, words, env);

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("a real MLflow server", () => {
  const server = borrowMlflow();

  test("gets every run, a second export changes nothing there, and verify proves the copy", async () => {
    const backend = localBackend(join(folder, "runferry"));
    const hostile = await hostileRuns(3, { names: 50, mixtures: 1, largestFile: 4096 });
    for (const { journal } of hostile) await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
    await backend.close();
    const guard = await startGuard(server().url);
    const env = { MLFLOW_TRACKING_URI: `${guard.url}/` };
    const first = await runferry(["export", "--to", "mlflow", "--accept-loss"], env); // the hostile runs tell of losses
    expect(first.code, first.stdout + first.stderr).toBe(0);
    expect(first.stdout).toContain(`mlflow:${guard.url} `);
    expect(guard.changes.length).toBeGreaterThan(50);
    guard.changes.length = 0;
    const again = await runferry(["export", "--to", `mlflow:${guard.url}`, "--accept-loss"]);
    expect(again.code).toBe(0);
    expect(again.stdout).toBe(first.stdout); // the differences are those of the whole delivery
    expect(guard.changes).toEqual([]);
    const verified = await runferry(["verify", "--to", `mlflow:${guard.url}`, "--accept-loss"]);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    expect(verified.stdout).toMatch(
      new RegExp(`^mlflow:${guard.url}: ${hostile.length + 2} runs, .* equal but converted`),
    );
    expect(guard.changes).toEqual([]);
    guard.close();
  });

  test("verify names a metric, a tag and a file that were changed there", async () => {
    const place = `mlflow:${server().url}`;
    expect((await runferry(["export", "ctr", "--to", place])).code).toBe(0);
    const database = new DatabaseSync(join(server().folder, "mlflow.db"));
    const [run] = database.prepare("SELECT run_uuid FROM tags WHERE key = 'owner' AND value = 'kim'").all();
    const id = run!.run_uuid as string;
    const name = database.prepare("SELECT name FROM runs WHERE run_uuid = ?").get(id)!.name as string;
    database.prepare("UPDATE metrics SET value = 17.5 WHERE run_uuid = ? AND step = 14").run(id);
    database.prepare("DELETE FROM tags WHERE run_uuid = ? AND key = 'owner'").run(id);
    database.close();
    const [file] = globSync(`artifacts/**/${id}/**/notes.txt`, { cwd: server().folder });
    const path = join(server().folder, file!);
    writeFileSync(path, readFileSync(path, "utf8").replace("good", "evil"));
    const guard = await startGuard(server().url);
    const listed = await runferry(["verify", "ctr", "--to", `mlflow:${guard.url}`]);
    expect(listed.stdout).toMatch(/2 runs, 40 points, 2 files by sizes: 1 equal but converted · 1 different/);
    expect(listed.stdout).not.toMatch(/^ctr.*notes/m); // as many bytes as before
    expect(guard.paths.filter((one) => one.includes("notes.txt"))).toEqual([]);
    guard.close();
    const { code, stdout } = await runferry(["verify", "ctr", "--to", place, "--bytes"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/2 runs, 40 points, 2 files by bytes: 1 equal but converted · 1 different/);
    expect(stdout).toMatch(new RegExp(`ctr/${name} {2}point loss, step 14 .*here 0\\.0.*there 17\\.5`));
    expect(stdout).toMatch(new RegExp(`ctr/${name} {2}tag .*owner.*kim.*missing`));
    expect(stdout).toMatch(new RegExp(`ctr/${name} {2}file notes\\.txt: here 10 bytes, .*, there differs: 10 bytes, `));
    writeFileSync(path, "good notes, and more");
    const longer = await runferry(["verify", "ctr", "--to", place]);
    expect(longer.stdout).toMatch(new RegExp(`ctr/${name} {2}artifact notes\\.txt: here .*10.*, there .*20`));
  });

  test("export --repair tells again exactly what was changed there, and brings back what was deleted", async () => {
    const place = `mlflow:${server().url}`;
    const line = ["ctr", "--to", place];
    expect((await runferry(["export", ...line])).code).toBe(0);
    const database = new DatabaseSync(join(server().folder, "mlflow.db"));
    const [run] = database.prepare("SELECT run_uuid FROM tags WHERE key = 'owner' AND value = 'kim'").all();
    const id = run!.run_uuid as string;
    database.prepare("UPDATE metrics SET value = 17.5 WHERE run_uuid = ? AND step = 14").run(id);
    database.prepare("DELETE FROM tags WHERE run_uuid = ? AND key = 'owner'").run(id);
    database.close();
    const [file] = globSync(`artifacts/**/${id}/**/notes.txt`, { cwd: server().folder });
    writeFileSync(join(server().folder, file!), "evil notes");
    const found = await runferry(["verify", ...line]);
    expect(found.stderr).toContain(`fix  runferry export --repair ctr --to ${place}`);
    const repaired = await runferry(["export", "--repair", ...line]);
    expect(repaired.code, repaired.stdout + repaired.stderr).toBe(0);
    expect(repaired.stdout).toMatch(/^ctr\/run_00\d {2}mlflow:\S+: 3 things amiss; told again$/m);
    expect((await runferry(["verify", ...line])).code).toBe(0);
    const client = mlflowClient({ uri: server().url });
    const points = [];
    for await (const point of client.tracking.metricHistory(id, "loss")) points.push(point);
    expect(points).toHaveLength(21); // what was put there stays beside what belongs there
    await client.tracking.deleteRun(id);
    expect((await runferry(["verify", ...line])).stdout).toContain("is not there");
    const restored = await runferry(["export", "--repair", ...line]);
    expect(restored.stdout).toMatch(/it was not there; told again$/m);
    expect((await runferry(["verify", ...line])).code).toBe(0);
    expect((await runferry(["export", "--repair", ...line])).stderr).toContain("nothing was repaired");
  });

  test("copies in an experiment of their own stand beside the runs, and nothing of one is taken for the other", async () => {
    const to = ["--to", `mlflow:${server().url}`];
    const options = ["--into", "scratch", "--tag", "try=1", "--artifacts", "!*.txt"];
    const line = [...to, "--experiment", "ctr", "--top", "1", "--by", "loss:min"];
    for (const _again of [1, 2]) {
      const tried = await runferry(["export", ...line, ...options]);
      expect(tried.code, tried.stdout + tried.stderr).toBe(0);
      const real = await runferry(["export", ...line]);
      expect(real.code, real.stdout + real.stderr).toBe(0);
    }
    for (const how of [options, []]) {
      const verified = await runferry(["verify", ...line, ...how]);
      expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    }
    const { tracking } = mlflowClient({ uri: server().url });
    const tried = async (name: string) => {
      const experimentIds = [(await tracking.experimentByName(name))!.experiment_id!];
      const values: (string | undefined)[] = [];
      for await (const { data } of tracking.searchRuns({ experimentIds })) {
        values.push(data?.tags?.find(({ key }) => key === "try")?.value);
      }
      return values;
    };
    expect(await tried("scratch")).toEqual(["1"]);
    expect(new Set(await tried("ctr"))).toEqual(new Set([undefined]));
    const status = await runferry(["status", "ctr"]);
    expect([status.code, status.stderr]).toEqual([0, ""]);
    expect(status.stdout).toMatch(new RegExp(`mlflow:${server().url} into scratch +exported`));
  });

  test("undo deletes what a migration made there, keeps what was changed, and it can be made anew", async () => {
    const from = join(import.meta.dirname, "../../../test-fixtures/layouts/lab");
    const place = `mlflow:${server().url}`;
    const line = ["--to", place, "--map-experiment", "*=lab/*", "--dir", "undone"];
    const migrate = async () => {
      const { code, stdout, stderr } = await runferry(["migrate", from, ...line, "--timezone", "UTC"]);
      expect(code, stdout + stderr).toBe(0);
      return /undo {2}runferry undo (\S+)/.exec(stderr)![1]!;
    };
    const { tracking } = mlflowClient({ uri: server().url });
    const there = async () => {
      const ids: string[] = [];
      for await (const { experiment_id: id, name } of tracking.searchExperiments()) {
        if (!name.startsWith("lab/")) continue;
        for await (const { info } of tracking.searchRuns({ experimentIds: [String(id)] })) ids.push(info.run_id);
      }
      return ids;
    };
    const first = await migrate();
    const ids = await there();
    expect(ids).toHaveLength(3);
    await tracking.setTag(ids[0]!, "reviewed", "by kim");
    const undone = await runferry(["undo", first, "--yes", "--dir", "undone"]);
    expect(undone.code).toBe(1);
    expect(undone.stdout).toContain("something was added there: tag reviewed");
    expect(await there()).toEqual([ids[0]]);
    const second = await migrate();
    expect(await there()).toHaveLength(3);
    const rest = await runferry(["undo", second, "--yes", "--dir", "undone"]);
    expect(rest.code, rest.stdout + rest.stderr).toBe(0);
    expect(await there()).toEqual([ids[0]]);
  });

  test("a file that a proxy refuses, or a run that is gone for good, is sent anew when it was forgotten", async () => {
    const guard = await startGuard(server().url);
    const words = ["--to", `mlflow:${guard.url}`, "--dir", "lone"];
    const run = startRun({ dir: join(folder, "lone"), experiment: "lone", quiet: true });
    run.log({ loss: 0.5 }, 1);
    await run.logText("too much", "large.txt");
    await run.end();
    guard.tooLarge = /large\.txt$/;
    const refused = await runferry(["export", ...words]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/lone\/run_001 .*: incomplete\n {2}event 3 \(artifact\.logged\): .* 413/);
    expect(refused.stderr).toContain("runferry forget <run> --to <place>");
    guard.tooLarge = undefined;
    expect((await runferry(["export", ...words])).code).toBe(1);
    expect((await runferry(["forget", "run_001", ...words])).code).toBe(0);
    expect((await runferry(["export", ...words])).code).toBe(0);
    expect((await runferry(["verify", ...words])).stdout).toContain(
      "1 run, 1 point, 1 file by sizes: 1 equal but converted",
    );

    const client = mlflowClient({ uri: server().url, env: {} });
    const experiment = await client.tracking.experimentByName("lone");
    const search = { experimentIds: [experiment!.experiment_id] };
    const ids: string[] = [];
    for await (const { info } of client.tracking.searchRuns(search)) ids.push(info.run_id);
    expect(ids).toHaveLength(1);
    // `mlflow gc` takes it out of the tables.
    const database = new DatabaseSync(join(server().folder, "mlflow.db"));
    database.exec("PRAGMA foreign_keys = OFF");
    for (const table of ["metrics", "latest_metrics", "params", "tags", "runs"]) {
      database.prepare(`DELETE FROM ${table} WHERE run_uuid = ?`).run(ids[0]!);
    }
    database.close();
    const later = startRun({ dir: join(folder, "lone"), id: run.id, resume: "must", quiet: true });
    later.log({ loss: 0.25 }, 2);
    await later.end();
    const gone = await runferry(["export", ...words]);
    expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining("runferry forget <run> --to <place>") });
    expect(gone.stdout).toContain("lone/run_001");
    expect((await runferry(["forget", "lone", ...words])).code).toBe(0);
    expect((await runferry(["export", ...words])).code).toBe(0);
    expect((await runferry(["verify", ...words])).stdout).toContain(
      "1 run, 2 points, 1 file by sizes: 1 equal but converted",
    );
    client.close();
    guard.close();
  });

  test("doctor says what is there, and how we log in", async () => {
    const run = startRun({ dir: join(folder, "sound"), quiet: true }); // the hostile runs tell of damage
    await run.end();
    const words = ["doctor", "--dir", "sound", "--to", `mlflow:${server().url}`, "--to", "tensorboard:tb"];
    const { code, stdout } = await runferry(words);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^place {4}mlflow:http:.*: is there, server MLflow 3\.[\d.]+\S*, log-in none$/m);
    expect(stdout).toContain("tensorboard:tb: a folder");
  });

  test("no or wrong credentials are one error, and shown nowhere; the right ones let in", async () => {
    const right = { MLFLOW_TRACKING_USERNAME: "kim", MLFLOW_TRACKING_PASSWORD: "pa55word-right" };
    const basic = `Basic ${Buffer.from("kim:pa55word-right").toString("base64")}`;
    const guard = await startGuard(server().url, basic);
    const [, authority] = guard.url.split("//");
    const place = `mlflow:${guard.url}`;
    const wrong = [
      [{}, "set MLFLOW_TRACKING_USERNAME"],
      [{ ...right, MLFLOW_TRACKING_PASSWORD: "pa55word-wrong" }, "correct MLFLOW_TRACKING_USERNAME"],
      [{ MLFLOW_TRACKING_TOKEN: "t0ken-wrong" }, "renew MLFLOW_TRACKING_TOKEN"],
    ] as const;
    for (const [env, remedy] of wrong) {
      const home = { HOME: folder, ...env };
      for (const command of ["export", "doctor"]) {
        const { code, stdout, stderr } = await runferry([command, "--to", place], home);
        const said = stdout + stderr;
        expect(code, said).toBe(command === "export" ? 3 : 1); // nothing could start, and a trouble was found
        expect(said.split("[needs_credentials]")).toHaveLength(2);
        expect(said).toContain(remedy);
        expect(said).not.toMatch(/pa55|t0ken|Basic [A-Za-z0-9]/);
      }
    }
    expect(guard.changes).toEqual([]);
    expect((await runferry(["doctor", "--to", place], right)).stdout).toContain("log-in user and password");
    const inUrl = { MLFLOW_TRACKING_URI: `http://kim:pa55word-right@${authority}` };
    for (const to of ["mlflow", place]) {
      const { code, stdout, stderr } = await runferry(["export", "ctr", "--to", to], inUrl);
      expect(code, stdout + stderr).toBe(0);
      expect(stdout + stderr).not.toContain("pa55");
    }
    guard.close();
  });
});

describe("without a server", () => {
  test.each([
    ["./mlruns", "is a folder"],
    ["file:///data/mlruns", "is a folder"],
    ["sqlite:///mlflow.db", "is a database"],
    ["databricks", "databricks as a tracking URI"],
    ["ml.lab:5000", "does not begin with http://"],
  ])("%s, as an address and in the environment, is one error with the remedy", async (uri, problem) => {
    for (const command of ["export", "verify", "doctor"]) {
      for (const [to, env] of [
        [`mlflow:${uri}`, {}],
        ["mlflow", { MLFLOW_TRACKING_URI: uri }],
      ] as const) {
        const { code, stdout, stderr } = await runferry([command, "--to", to], env);
        expect(code).toBe(2);
        expect(stdout).toBe("");
        expect(stderr).toContain(problem);
        expect(stderr.split("what to do:")).toHaveLength(2);
      }
    }
  });

  test("that answers, one error says so, other places get their runs, and the exit code is 1", async () => {
    const place = "mlflow:http://127.0.0.1:9";
    const { code, stdout, stderr } = await runferry(["export", "ctr", "--to", place, "--to", "tensorboard:tb2"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^tensorboard:tb2\s+2\s+–/m);
    expect(stdout).toMatch(/^mlflow:http:\/\/127\.0\.0\.1:9\s+–\s+2\s/m);
    expect(stderr).toMatch(/2 runs not tried: http:\/\/127\.0\.0\.1:9 does not answer.*\[unavailable\]/);
    expect(stderr.split("what to do:")).toHaveLength(2);
    const json = JSON.parse((await runferry(["export", "ctr", "--to", place, "--json"])).stdout);
    expect(json.troubles[place]).toMatchObject({ code: "unavailable" });
    expect(json.runs.map(({ state }: { state: string }) => state)).toEqual(["not tried", "not tried"]);
    for (const command of ["verify", "doctor"]) {
      const asked = await runferry([command, "--to", place]);
      expect(asked.code).toBe(command === "verify" ? 3 : 1);
      expect((asked.stdout + asked.stderr).split("does not answer")).toHaveLength(2);
    }
  });
});
