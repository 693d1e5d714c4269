// `npm run bench -- mlflow [--json] [--full] [--rounds <count>]`: runs of a store brought to one MLflow server on SQLite, as
// `runferry export` does it; beside it the very same requests replayed as fast as the server takes them, what
// mlflow-export-import takes to import the same runs, and a Python loop over `log_batch`. In alternation, medians.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { forward } from "@runferry/core";
import { openStore } from "@runferry/local";
import { openReader } from "@runferry/tracker";
import { exportRuns } from "../apps/export/dist/index.js";
import { mlflow, mlflowClient, mlflowSource } from "../packages/mlflow/dist/index.js";
import { startRecordingProxy } from "../packages/mlflow/test/recording-proxy.ts";
import { type MlflowServer, startMlflow } from "../packages/mlflow/test/server.ts";
import { installPeer } from "../tools/peers/install.ts";
import { median, tell } from "./measure.ts";
import { type Lane, laneOf, replay } from "./mlflow/replay.ts";
import { experiment, makeRuns, type Size } from "./mlflow/runs.ts";

const { values: words } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    full: { type: "boolean", default: false },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
    size: { type: "string" },
    peers: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const [runs = 0, metrics = 0, steps = 0] = words.size?.split("x").map(Number) ?? [];
const sizes: readonly Size[] = words.size
  ? [{ name: words.size, runs, metrics, steps }]
  : words.full
    ? [
        { name: "100 runs", runs: 100, metrics: 10, steps: 5000 },
        { name: "5000 small runs", runs: 5000, metrics: 3, steps: 10 },
      ]
    : [
        { name: "20 runs", runs: 20, metrics: 10, steps: 1000 },
        { name: "500 small runs", runs: 500, metrics: 3, steps: 10 },
      ];
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const script = join(import.meta.dirname, "mlflow", "peers.py");

/** Seconds, as the peer measured itself: without the start of Python. */
function askPeer(python: string, server: MlflowServer, ...more: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, MLFLOW_TRACKING_URI: server.url, MLFLOW_DISABLE_TELEMETRY: "true" };
    const child = spawn(python, ["-W", "ignore", script, ...more], { env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (part) => (stdout += part));
    child.stderr.on("data", (part) => (stderr = (stderr + part).slice(-3000)));
    child.on("close", () => {
      const seconds = Number(stdout.trim().split("\n").at(-1));
      if (seconds > 0) resolve(seconds);
      else reject(new Error(`${more.join(" ")} failed:\n${stderr}`));
    });
  });
}

function openCopy(store: string, copy: string) {
  rmSync(join(folder, copy), { recursive: true, force: true });
  cpSync(store, join(folder, copy), { recursive: true });
  const opened = openStore(join(folder, copy));
  return { store: opened, runs: openReader(opened).runs() };
}

/** Each from an empty server, with the experiment in place: two that find none at once would ask differently. */
async function emptied(server: MlflowServer): Promise<void> {
  await server.empty();
  const client = mlflowClient({ uri: server.url, env: {} });
  await client.tracking.createExperiment(experiment);
  client.close();
}

async function deliver({ store, runs }: ReturnType<typeof openCopy>, uri: string): Promise<number> {
  const backend = mlflow({ uri, env: {} });
  const destination = { name: "mlflow", backend, source: mlflowSource({ uri, env: {} }), masks: true };
  const start = performance.now();
  const report = await exportRuns({ store, runs, destinations: [destination] });
  const seconds = (performance.now() - start) / 1000;
  await backend.close();
  const bad = report.runs.find(({ state }) => state !== "delivered");
  if (bad) throw new Error(`${bad.name} is ${bad.state}: ${bad.cause}`);
  return seconds;
}

/** What each run asks for, one run after the other. */
async function record(store: string, server: MlflowServer): Promise<readonly Lane[]> {
  await emptied(server);
  const proxy = await startRecordingProxy(server.url, { bodies: true });
  const copy = openCopy(store, "recorded");
  const backend = mlflow({ uri: proxy.url, env: {} });
  const lanes: Lane[] = [];
  for (const { id } of copy.runs) {
    const before = proxy.requests.length;
    await forward({ journal: copy.store.run(id).journal, backend, deliveries: copy.store.deliveries });
    lanes.push(laneOf(proxy.requests.slice(before)));
  }
  await backend.close();
  await proxy.close();
  return lanes;
}

/** How many requests a second export asks when nothing is new. */
async function requestsOfNothingNew(store: string, server: MlflowServer): Promise<number> {
  await emptied(server);
  const copy = openCopy(store, "again");
  const proxy = await startRecordingProxy(server.url);
  await deliver(copy, proxy.url);
  const before = proxy.requests.length;
  await deliver(copy, proxy.url);
  await proxy.close();
  return proxy.requests.length - before;
}

async function measure(size: Size, server: MlflowServer, peerPython: string | undefined) {
  const store = join(folder, "store");
  rmSync(store, { recursive: true, force: true });
  const data = join(folder, "runs.json");
  writeFileSync(data, JSON.stringify(makeRuns(store, size)));
  const lanes = await record(store, server);
  const exported = join(folder, "exported");
  rmSync(exported, { recursive: true, force: true });
  if (peerPython !== undefined) await askPeer(peerPython, server, "export", experiment, exported);

  const replaying = async (atOnce: number) => {
    await emptied(server);
    return replay(server.url, lanes, atOnce);
  };
  const found: { readonly atOnce: number; readonly seconds: number }[] = [];
  for (const atOnce of [1, 2, 4, 8]) found.push({ atOnce, seconds: await replaying(atOnce) });
  const best = found.toSorted((a, b) => a.seconds - b.seconds)[0]!.atOnce;
  const expected = [size.runs, 3 * size.metrics * size.steps].map(String);
  const contenders: { readonly name: string; readonly run: () => Promise<number> }[] = [
    {
      name: "runferry export",
      run: async () => {
        const copy = openCopy(store, "timed");
        await emptied(server);
        return deliver(copy, server.url);
      },
    },
    { name: `the same requests, ${best} runs at once`, run: () => replaying(best) },
  ];
  if (words.peers) {
    contenders.push({
      name: "Python, log_batch in a loop",
      run: async () => {
        await server.empty();
        return askPeer(server.python, server, "loop", experiment, data, ...expected);
      },
    });
  }
  if (peerPython !== undefined) {
    contenders.push({
      name: "mlflow-export-import, import",
      run: async () => {
        await server.empty();
        return askPeer(peerPython, server, "import", experiment, exported, ...expected);
      },
    });
  }
  const seconds = contenders.map((): number[] => []);
  for (let round = 0; round < Number(words.rounds); round++) {
    for (const [i, { run }] of contenders.entries()) {
      globalThis.gc?.();
      seconds[i]!.push(await run());
    }
  }
  const medians = seconds.map(median);
  const [ours = 0, ceiling = 0] = medians;
  const requests = lanes.reduce((sum, lane) => sum + lane.length, 0);
  const points = size.runs * size.metrics * size.steps;
  const again = await requestsOfNothingNew(store, server);
  const tried = found.map((one) => `${one.atOnce}: ${one.seconds.toFixed(1)} s`).join(", ");
  const rows = contenders.map(({ name }, i) => ({
    "": name,
    seconds: medians[i]!.toFixed(2),
    "points/s": points / medians[i]!,
    "export is":
      i === 0 ? `${((ceiling / ours) * 100).toFixed(0)} % of the best` : `${(medians[i]! / ours).toFixed(2)} ×`,
    all: seconds[i]!.map((one) => one.toFixed(1)).join(" "),
  }));
  tell(`${size.name}: ${points} points, ${requests} requests (replayed at once ${tried}); nothing new: ${again}`, rows);
}

const peers = await Promise.all(["mlflow", "mlflow-export-import"].map(installPeer));
const [own, other] = peers.map((peer) => ("python" in peer ? peer.python : undefined));
if (own === undefined) throw new Error("the bench needs the peer mlflow: npm run peers -- mlflow");
const server = await startMlflow(own, { words: [] });
try {
  for (const size of sizes)
    if (words.only === undefined || size.name.includes(words.only))
      await measure(size, server, words.peers ? other : undefined);
} finally {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
