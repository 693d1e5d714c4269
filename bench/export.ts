// `npm run bench -- export [--json] [--runs 2000] [--many 50000] [--rounds 3] [--only migrate|tables|import|memory]`: a lab
// tracker's folder to all places that are files, beside what people write in Python for it; an `mlruns` into a store,
// beside `mlflow migrate-filestore`; and the memory that fifty thousand runs take. In alternation, each in a process of its own, timed
// from its start to its end, and checked afterwards. Medians.
import { spawn } from "node:child_process";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { openReader } from "@runferry/tracker";
import { peer } from "../tools/peers/peer.ts";
import { writeLab, writeMlruns } from "./export/stores.ts";
import { median, tell } from "./measure.ts";

const { values: words } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    runs: { type: "string", default: "2000" },
    many: { type: "string", default: "50000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
  },
});
const rounds = Number(words.rounds);
const size = { runs: Number(words.runs), metrics: 10, points: 100 };
const pointsOfRun = size.metrics * size.points;
const manyRuns = Number(words.many);
/** Python takes seconds a run. */
const pythonRuns = Math.min(size.runs, 10);
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const program = join(import.meta.dirname, "../apps/export/bin/runferry.mjs");
const tellMemory = pathToFileURL(join(import.meta.dirname, "../tools/tell-memory.mjs")).href;

interface Ran {
  readonly seconds: number;
  /** At most, of the process itself. */
  readonly mib: number;
  readonly stdout: string;
}

async function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const start = performance.now();
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let [stdout, stderr, told] = ["", "", ""];
  child.stdout!.on("data", (text) => (stdout += text));
  child.stderr!.on("data", (text) => (stderr += text));
  child.stdio[3]!.on("data", (text) => (told += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}\n${stdout}\n${stderr}`);
  return { seconds: (performance.now() - start) / 1000, mib: Number(told) / 1024, stdout };
}

function runferry(...args: readonly string[]): Promise<Ran> {
  const flags = ["--disable-warning=ExperimentalWarning", "--import", tellMemory];
  return run(process.execPath, [...flags, program, ...args], { HOME: folder });
}

/** Everything of every run has to be in the store. */
function check(store: string, runs: number): void {
  const there = openReader(store).runs();
  const points = Object.values(there.at(-1)?.metrics ?? {}).reduce((sum, metric) => sum + (metric?.count ?? 0), 0);
  if (there.length === runs && points === pointsOfRun) return;
  throw new Error(
    `${store} holds ${there.length} runs, and ${points} points of the last, not ${runs} and ${pointsOfRun}`,
  );
}

async function inTurn<R>(contenders: { readonly [name: string]: (target: string) => Promise<R> }) {
  const all = Object.fromEntries(Object.keys(contenders).map((name) => [name, [] as R[]]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, work] of Object.entries(contenders)) {
      const target = mkdtempSync(join(folder, "target-"));
      all[name]!.push(await work(target));
      rmSync(target, { recursive: true, force: true });
    }
  }
  return all;
}

async function measureMigrate(): Promise<void> {
  const lab = join(folder, "lab");
  writeLab(lab, size);
  const [mlflow, wandb, tensorboardx] = (["mlflow", "wandb", "tensorboardx"] as const).map((part) => peer(part));
  const isThere = "python" in mlflow! && "python" in wandb! && "python" in tensorboardx!;
  const placesIn = (target: string) =>
    ["tensorboard", "wandb-offline", "local"].flatMap((kind) => ["--to", `${kind}:${join(target, kind)}`]);
  const all = await inTurn<{ readonly rate: number; readonly mib?: number }>({
    async "runferry import, then export"(target) {
      const store = join(target, "store");
      const taken = await runferry("import", lab, "--dir", store);
      const sent = await runferry("export", "--dir", store, ...placesIn(target));
      check(store, size.runs);
      return { rate: size.runs / (taken.seconds + sent.seconds), mib: Math.max(taken.mib, sent.mib) };
    },
    async "runferry migrate, read back as well"(target) {
      const { seconds, mib } = await runferry("migrate", lab, "--dir", join(target, "store"), ...placesIn(target));
      check(join(target, "store"), size.runs);
      return { rate: size.runs / seconds, mib };
    },
    ...(isThere
      ? {
          async "Python: mlflow, tensorboardX, wandb"(target: string) {
            const others = [wandb, tensorboardx].flatMap(({ python }) =>
              globSync(join(dirname(dirname(python)), "lib/python*/site-packages")),
            );
            const script = join(import.meta.dirname, "export/migrate_lab.py");
            const env = {
              HOME: target,
              OTHERS: others.join(delimiter),
              WANDB_MODE: "offline",
              WANDB_SILENT: "true",
              WANDB_ERROR_REPORTING: "false",
              MLFLOW_DISABLE_TELEMETRY: "true",
              MLFLOW_ALLOW_FILE_STORE: "true",
              PYTHONDONTWRITEBYTECODE: "1",
            };
            const { stdout } = await run(mlflow.python, ["-W", "ignore", script, lab, target, String(pythonRuns)], env);
            return { rate: pythonRuns / Number(stdout.trim().split("\n").at(-1)) };
          },
        }
      : {}),
  });
  tellRates(
    `runs a second: ${size.runs} runs × ${size.metrics} × ${size.points}, a lab folder to all file places`,
    all,
  );
  rmSync(lab, { recursive: true, force: true });
}

/** Python people have nothing that writes these, so they stand alone. */
async function measureTables(): Promise<void> {
  const [lab, store] = [join(folder, "lab"), join(folder, "tables-store")];
  writeLab(lab, size);
  await runferry("import", lab, "--dir", store);
  const exporting = (kind: string) => async (target: string) => {
    const { seconds, mib } = await runferry("export", "--dir", store, "--to", `${kind}:${join(target, kind)}`);
    return { rate: size.runs / seconds, mib };
  };
  const all = await inTurn<{ readonly rate: number; readonly mib?: number }>({
    "runferry export to csv": exporting("csv"),
    "runferry export to parquet": exporting("parquet"),
  });
  tellRates(`runs a second: ${size.runs} runs × ${size.metrics} × ${size.points} of a store to tables`, all);
  for (const path of [lab, store]) rmSync(path, { recursive: true, force: true });
}

async function measureImport(): Promise<void> {
  const mlruns = join(folder, "mlruns");
  writeMlruns(mlruns, size);
  const mlflow = peer("mlflow");
  const all = await inTurn<{ readonly rate: number; readonly mib?: number }>({
    async "runferry import"(target) {
      const { seconds, mib } = await runferry("import", mlruns, "--dir", join(target, "store"));
      check(join(target, "store"), size.runs);
      return { rate: size.runs / seconds, mib };
    },
    ...("python" in mlflow
      ? {
          async "mlflow migrate-filestore"(target: string) {
            const words = ["-m", "mlflow", "migrate-filestore", "--source", mlruns, "--target"];
            const env = { MLFLOW_DISABLE_TELEMETRY: "true", PYTHONDONTWRITEBYTECODE: "1" };
            const { seconds } = await run(
              mlflow.python,
              ["-W", "ignore", ...words, `sqlite:///${target}/mlflow.db`],
              env,
            );
            return { rate: size.runs / seconds };
          },
        }
      : {}),
  });
  tellRates(`runs a second: an mlruns of ${size.runs} runs × ${size.metrics} × ${size.points} into a store`, all);
  rmSync(mlruns, { recursive: true, force: true });
}

async function measureMemory(): Promise<void> {
  const lab = join(folder, "many");
  writeLab(lab, { runs: manyRuns, metrics: 2, points: 3 });
  const store = join(folder, "many-store");
  const to = ["--to", `tensorboard:${join(folder, "many-tb")}`];
  const elsewhere = ["--dir", join(folder, "many-migrated"), "--to", `tensorboard:${join(folder, "many-migrated-tb")}`];
  const rows = [];
  for (const [name, ...args] of [
    ["import", "import", lab, "--dir", store],
    ["export to tensorboard", "export", "--dir", store, ...to],
    ["verify", "verify", "--dir", store, ...to],
    ["migrate to tensorboard", "migrate", lab, ...elsewhere],
  ] as const) {
    const { mib, seconds } = await runferry(...args);
    rows.push({ name, "MiB at most": mib, seconds });
  }
  tell(`${manyRuns} runs`, rows);
}

function tellRates(
  title: string,
  all: { readonly [name: string]: readonly { readonly rate: number; readonly mib?: number }[] },
): void {
  const medians = Object.entries(all).map(([name, times]) => [name, median(times.map(({ rate }) => rate))] as const);
  const ours = medians[0]![1];
  tell(
    title,
    medians.map(([name, rate]) => ({
      name,
      "runs/s": rate.toPrecision(3),
      "ours is": name.startsWith("runferry") ? "" : `${(ours / rate).toFixed(1)} ×`,
      "MiB at most": all[name]![0]?.mib === undefined ? "" : Math.max(...all[name]!.map(({ mib = 0 }) => mib)),
    })),
  );
}

try {
  if (words.only === undefined || words.only === "migrate") await measureMigrate();
  if (words.only === undefined || words.only === "tables") await measureTables();
  if (words.only === undefined || words.only === "import") await measureImport();
  if (words.only === undefined || words.only === "memory") await measureMemory();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
