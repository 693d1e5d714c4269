import {
  chmodSync,
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runferryAsAnybody, runferryIn } from "./workshop.ts";

const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-import-"));
  writeFileSync(join(folder, "package.json"), "{}");
  for (const name of ["lab", "neural"]) cpSync(join(fixtures, name), join(folder, name), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runferry = (...words: readonly string[]) => runferryIn(folder, words);

test("takes in folders of other trackers, says what was guessed, and adds nothing when done again", async () => {
  const first = await runferry("import", "lab", "neural", "--timezone", "Europe/Berlin");
  expect(first.code).toBe(0);
  expect(first.stdout).toMatch(/^lab\s+lab\s+3\s+–\s+–\s+–$/m);
  expect(first.stdout).toMatch(/^neural\s+neural\s+2\s+–\s+–\s+–$/m);
  expect(first.stderr).toContain("lab: times have no zone, read as Europe/Berlin (--timezone)");
  const again = await runferry("import", "lab", "neural", "--timezone", "Europe/Berlin", "--json");
  const reports = JSON.parse(again.stdout) as { runs: { state: string; events: number }[] }[];
  expect(reports.flatMap(({ runs }) => runs.map(({ state, events }) => `${state} ${events}`))).toEqual(
    Array.from({ length: 5 }, () => "same 0"),
  );
  const listed = await runferry("ls", "--json");
  const runs = JSON.parse(listed.stdout) as { experiment: string; createdAt: string }[];
  expect(runs.map(({ experiment }) => experiment).sort()).toEqual([
    "ctr_model",
    "ctr_model",
    "my_experiment",
    "my_experiment",
    "ranking",
  ]);
});

test("what was taken in goes on to other places, its files from where they lie", async () => {
  const exported = await runferry("export", "ctr_model", "--to", "local:copy", "--to", "tensorboard:tb");
  expect(exported.code).toBe(0);
  const verified = await runferry("verify", "ctr_model", "--to", "local:copy", "--to", "tensorboard:tb");
  expect(verified.stdout).toMatch(/local:copy: 2 runs, \d+ points, \d+ files by sizes: 2 equal/);
  expect(verified.code).toBe(0);
  const back = await runferry("import", "tb", "--dir", "from-tb");
  expect(back.stdout).toMatch(/^tb\s+tensorboard\s+2/m);
});

test("damage is named with its file and line, and is exit code 1", async () => {
  cpSync(join(fixtures, "lab"), join(folder, "damaged"), { recursive: true });
  const path = join(folder, "damaged/runs/run_001/metrics.json");
  writeFileSync(path, '{"loss": [{"step": 1, "value": 0.5},\n {"step"');
  const { code, stdout } = await runferry("import", "damaged", "--dir", "other");
  expect(code).toBe(1);
  expect(stdout).toContain("ctr_model/run_001  1 thing could not be read");
  expect(stdout).toContain("line 2 (byte");
});

test("folders that hold nothing known, and words that are no place, say what was looked for", async () => {
  mkdirSync(join(folder, "photos"));
  const unknown = await runferry("import", "photos");
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain("store.json");
  expect(unknown.stderr).toContain("metadata.json and runs/<run>/metrics.json");
  for (const line of unknown.stderr.split("\n")) expect(line.length).toBeLessThan(130);
  const missing = await runferry("import", "./nowhere");
  expect(missing.code).toBe(3);
  expect(missing.stderr).toContain("nowhere is no folder");
});

test("takes in MLflow's own store, with what was deleted there and files that lie elsewhere now", async () => {
  cpSync(join(fixtures, "../mlflow/mlruns"), join(folder, "project/mlruns"), { recursive: true });
  mkdirSync(join(folder, "moved"));
  const words = ["import", "project", "--dir", "./from-mlflow"];
  const first = await runferry(...words);
  expect(first.stdout).toMatch(/^project\s+mlruns\s+5\s+–\s+–\s+–$/m);
  expect(first.stderr).not.toMatch(/warning/i);
  expect(`${first.stdout}${first.stderr}`).toMatch(
    /files of the run are not here.*--artifact-root.*s3:\/\/bucket\/far/,
  );
  expect(first.code).toBe(1); // what is lost asks for consent

  const all = await runferry(...words, "--deleted", "--artifact-root", "s3://bucket/far=moved");
  expect(all.stdout).toMatch(/^project\s+mlruns\s+2\s+–\s+5\s+–$/m);
  expect(all.code).toBe(0);

  const wrong = await runferry(...words, "--artifact-root", "s3://bucket/far=nowhere");
  expect(wrong.code).toBe(2);
  expect(wrong.stderr).toContain("nowhere is no folder");
});

test("takes in MLflow's database, by its folder or by its path, and says nothing of SQLite", async () => {
  cpSync(join(fixtures, "../mlflow/database"), join(folder, "database"), { recursive: true });
  const packed = readFileSync(join(folder, "database/mlflow.db.gz"));
  writeFileSync(join(folder, "database/mlflow.db"), gunzipSync(packed));
  const roots = ["--artifact-root", "s3://bucket=database"];
  const first = await runferry("import", "database", "--dir", "./from-database", ...roots);
  expect(first.stdout).toMatch(/^database\s+mlflow-db\s+5\s+–\s+–\s+–$/m);
  expect(first.stderr).not.toMatch(/warning/i);
  const again = await runferry("import", "database/mlflow.db", "--dir", "./from-database", ...roots);
  expect(again.stdout).toMatch(/^database\/mlflow\.db\s+mlflow-db\s+–\s+–\s+5\s+–$/m);
});

test("a folder that may not be read is named, with what to do", async () => {
  const closed = join(folder, "closed");
  mkdirSync(closed);
  chmodSync(closed, 0o000);
  const { code, err } = runferryAsAnybody(folder, ["import", "closed"]);
  expect(code, err).toBe(3);
  expect(err).toMatch(
    /^runferry: closed cannot be read: EACCES.*\[unavailable\]\n {2}what to do: give this user the right/,
  );
});

test("a folder among tables that is no run of ours is named with its path, and the others are taken", async () => {
  expect((await runferry("migrate", "lab", "--to", "csv:tables", "--dir", "tabled")).code).toBe(0);
  cpSync(join(folder, "tables/metrics"), join(folder, "tables/spare"), { recursive: true });
  const runs = globSync("tables/spare/experiment=*/run=*", { cwd: folder });
  cpSync(join(folder, runs[0]!), join(folder, "tables/metrics/experiment=mine/run=of-somebody"), { recursive: true });
  const { code, stdout } = await runferry("import", "tables", "--dir", "untabled");
  expect(code).toBe(1);
  expect(stdout).toMatch(/^tables\s+csv\s+3\s+–\s+–\s+1$/m);
  expect(stdout).toMatch(
    /^of-somebody {2}\S+\/tables\/\*\/experiment=mine\/run=of-somebody: "of-somebody" is no run id$/m,
  );
});

test("takes in one experiment of MLflow's own store, or one run, and finds them by the ids that they had there", async () => {
  cpSync(join(fixtures, "../mlflow/mlruns"), join(folder, "part/mlruns"), { recursive: true });
  const [experiment, run] = ["part/mlruns/447525511738078264", "d23f0824128b4f338c5c7fd0a6a3a450"];
  const to = ["--dir", "./from-part"];
  const one = await runferry("import", `${experiment}/${run}`, ...to);
  expect(one.stdout).toMatch(/\s+mlruns\s+1\s+–\s+–\s+–$/m);
  const all = await runferry("import", `${experiment}/*`, ...to);
  expect(all.stdout).toMatch(/\s+mlruns\s+2\s+–\s+1\s+–$/m);
  const located = await runferry("locate", run, ...to);
  expect([located.code, located.stdout]).toEqual([0, expect.stringContaining("sweep: 'best' # 1")]);

  const moved = await runferry("migrate", experiment, "--to", "local:./copy", ...to, "--quiet");
  expect([moved.code, moved.stderr]).toEqual([0, ""]);
  const reports = join(folder, "from-part/reports");
  const ids = readdirSync(reports).find((name) => name.endsWith("ids.csv"))!;
  expect(readFileSync(join(reports, ids), "utf8")).toContain(`\n${run},`); // the id that people have written down
});
