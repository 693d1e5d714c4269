// `npm run bench -- dual [--json]`: what live delivery costs a training: `log` with destinations that are well and ones
// that are dead, the start of a run, how soon a point is at a server, the delivery process itself; and, where the peers
// are installed, the same lag at a real MLflow server, and the same loop by the trackers' own clients in Python.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fold, type Source } from "@runferry/core";
import { mlflowSource } from "@runferry/mlflow";
import { removeFolder, startToyServer, toyServerSource } from "@runferry/testkit";
import { type Run, Tracker } from "@runferry/tracker";
import { startMlflow } from "../packages/mlflow/test/server.ts";
import { peer } from "../tools/peers/peer.ts";
import { type Cost, totalCost } from "./dual/total-cost.ts";

const { values: words } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const entry = join(import.meta.dirname, "../packages/tracker/test/delivery/toy-process.ts");
const rounds = 5;
const calls = 20_000;

function trackerTo(...backend: readonly string[]): Tracker {
  const wiring = { environment: {}, cwd: folder, delivery: { entry } };
  return new Tracker({ experiment: "bench", backend, quiet: true, dir: join(folder, "runferry") }, wiring);
}

/** Microseconds per call of a loop that also has other things to do. */
async function timeLog(tracker: Tracker): Promise<Float64Array> {
  const run = tracker.startRun();
  await pause(500); // it is being delivered
  const times = new Float64Array(calls);
  for (let step = 0; step < calls; step++) {
    const values = { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
    const start = performance.now();
    run.log(values, step);
    times[step] = (performance.now() - start) * 1000;
    if (step % 200 === 0) await pause(1);
  }
  await run.end(undefined, { waitMs: 0 });
  return times.sort();
}

function timeStarts(tracker: Tracker, count: number): Float64Array {
  const runs: Run[] = [];
  const times = Float64Array.from({ length: count }, () => {
    const start = performance.now();
    runs.push(tracker.startRun());
    return (performance.now() - start) * 1000;
  });
  for (const run of runs) run.end(undefined, { waitMs: 0 });
  return times;
}

/** Milliseconds from `log` until a reader of the server sees the point, at 100 calls a second. */
async function timeLag(tracker: Tracker, source: Source, lookEveryMs: number): Promise<Float64Array> {
  const run = tracker.startRun();
  const logged = new Map<number, number>();
  const seen = new Map<number, number>();
  let step = 0;
  const timer = setInterval(() => {
    if (step === 1000) return clearInterval(timer);
    logged.set(step, performance.now());
    run.log({ loss: step }, step++);
  }, 10);
  while (step < 1000 || seen.size < logged.size) {
    for await (const journal of source.runs({ ids: [run.id] })) {
      const { metrics } = await fold(journal);
      for (const point of metrics.get("loss")?.series.points() ?? []) {
        if (!seen.has(point.step!)) seen.set(point.step!, performance.now());
      }
    }
    await pause(lookEveryMs);
  }
  await run.end();
  return Float64Array.from([...seen].map(([at, when]) => when - logged.get(at)!)).sort();
}

interface Beside {
  readonly figures: { readonly [figure: string]: number };
  readonly costs: readonly Cost[];
}

/** What only a real server can show. */
async function besideMlflow(): Promise<Beside | undefined> {
  const found = peer("mlflow");
  if (!("python" in found)) return undefined;
  const mlflow = await startMlflow(found.python);
  try {
    const own = { experiment: "bench", quiet: true, dir: join(folder, "mlflow"), backend: `mlflow:${mlflow.url}` };
    const tracker = new Tracker(own, { environment: {}, cwd: folder });
    const lags: Float64Array[] = [];
    for (let round = 0; round < 3; round++) lags.push(await timeLag(tracker, mlflowSource({ uri: mlflow.url }), 100));
    const figures = {
      "lag at 100 a second on MLflow, median ms": Math.round(median(lags.map((lag) => at(lag, 0.5)))),
      "lag at 100 a second on MLflow, p99 ms": Math.round(median(lags.map((lag) => at(lag, 0.99)))),
    };
    return { figures, costs: (await totalCost(mlflow.url, folder)) ?? [] };
  } finally {
    await mlflow.stop();
  }
}

/** Megabytes that the delivery process takes with so many runs that are being logged. */
async function memoryWith(tracker: Tracker, count: number): Promise<number> {
  const runs = Array.from({ length: count }, () => tracker.startRun());
  for (let round = 0; round < 100; round++) {
    for (const run of runs) for (let i = 0; i < 5; i++) run.log({ loss: round }, round * 5 + i);
    await pause(50);
  }
  const pids = [...readFileSync(join(folder, "memory/delivery.log"), "utf8").matchAll(/^\S+ (\d+) begins/gm)];
  const kilobytes = execFileSync("ps", ["-o", "rss=", "-p", pids.at(-1)![1]!], { encoding: "utf8" });
  await Promise.all(runs.map((run) => run.end(undefined, { waitMs: 0 })));
  return Math.round(Number(kilobytes) / 1024);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The clients of both are loaded, and one has nobody to talk to. */
const memoryPlaces = ["mlflow:http://127.0.0.1:9", `tensorboard:${join(folder, "tb")}`];
const at = (times: Float64Array, share: number) => times[Math.floor(times.length * share)]!;
const rounded = (value: number) => Math.round(value * 100) / 100;

const server = await startToyServer();
try {
  const well = trackerTo(`mlflow:${server.url}`, `tensorboard:${join(folder, "tb")}`);
  const file = join(folder, "a-file");
  writeFileSync(file, ""); // no folder can be made below it
  const dead = trackerTo("mlflow:http://127.0.0.1:9", `local:${join(file, "nowhere")}`);
  const alone = trackerTo("local");
  const real = new Tracker(
    { experiment: "bench", quiet: true, dir: join(folder, "memory"), backend: memoryPlaces },
    { environment: {}, cwd: folder },
  );
  timeStarts(alone, 1); // warm
  const firstStart = timeStarts(well, 1)[0]!;
  const lag = await timeLag(well, toyServerSource(server.url), 20);
  await timeLog(alone);
  const measured: (readonly [Float64Array, Float64Array, Float64Array])[] = [];
  for (let round = 0; round < rounds; round++) {
    measured.push([await timeLog(alone), await timeLog(well), await timeLog(dead)]);
  }
  const rows = ["to the folder alone", "destinations well", "destinations dead"].map((what, i) => ({
    what: `run.log of 4 values, ${what}`,
    "median µs": rounded(median(measured.map((times) => at(times[i]!, 0.5)))),
    "p99 µs": rounded(median(measured.map((times) => at(times[i]!, 0.99)))),
  }));
  const ratio = (share: number) => rounded(median(measured.map(([, a, b]) => at(b, share) / at(a, share))));
  const memory = await memoryWith(real, 20);
  const beside = await besideMlflow(); // delivered by the same process, which has its log in the store of the former
  const costs = beside?.costs ?? [];
  const figures = {
    "dead / well, median": ratio(0.5),
    "dead / well, p99": ratio(0.99),
    "first startRun with its process, ms": rounded(firstStart / 1000),
    "startRun after it, ms": rounded(median([...timeStarts(well, 20)]) / 1000),
    "startRun to the folder alone, ms": rounded(median([...timeStarts(alone, 20)]) / 1000),
    "lag at 100 a second, median ms": Math.round(at(lag, 0.5)),
    "lag at 100 a second, p99 ms": Math.round(at(lag, 0.99)),
    "delivery process with 20 live runs, MB": memory,
    ...beside?.figures,
  };
  if (words.json)
    console.log(
      JSON.stringify({ node: process.version, platform: process.platform, rows, figures, costs }, undefined, 2),
    );
  else {
    console.table(rows);
    console.table(figures);
    if (costs.length > 0) console.table(costs);
    else console.log("without the peers: npm run peers -- mlflow wandb tensorboardx");
  }
} finally {
  await server.close();
  await removeFolder(folder);
}
