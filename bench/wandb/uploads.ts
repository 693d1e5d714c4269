// One run brought to a W&B server: ours from the journal of a store, and what W&B's own client wrote offline by `wandb sync`.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openStore } from "@runferry/local";
import { median } from "../measure.ts";

const startedAt = 1_732_181_400_000;

export interface Upload {
  readonly seconds: number;
  readonly requests: number;
  /** Requests that bring lines. */
  readonly lines: number;
  readonly mib?: number;
}

interface Place {
  readonly url: string;
  readonly apiKey: string;
}

/** Both uploads of a run of so many rows, in alternation, each to a server of its own process that is empty. */
export async function measureUploads(rows: number, rounds: number, python: string | undefined) {
  const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
  try {
    const store = join(folder, "store");
    writeStore(store, rows);
    if (python !== undefined) writeOffline(python, folder, rows);
    const ours: Upload[] = [];
    const theirs: Upload[] = [];
    for (let round = 0; round < rounds; round++) {
      const script = join(import.meta.dirname, "upload.mjs");
      ours.push(
        await toServer(rows, ({ url, apiKey }) =>
          run(process.execPath, [script, store, url, apiKey], folder, process.env),
        ),
      );
      if (python === undefined) continue;
      for (const marker of globSync("wandb/*/*.synced", { cwd: folder })) rmSync(join(folder, marker));
      const sync = ["-m", "wandb", "sync", join(folder, "wandb")];
      theirs.push(
        await toServer(rows, ({ url, apiKey }) =>
          run(python, sync, folder, { ...environment(folder), WANDB_BASE_URL: url, WANDB_API_KEY: apiKey }),
        ),
      );
    }
    return { ours: summary(ours), theirs: theirs.length === 0 ? undefined : summary(theirs) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary(uploads: readonly Upload[]) {
  return {
    seconds: median(uploads.map(({ seconds }) => seconds)),
    requests: Math.max(...uploads.map(({ requests }) => requests)),
    lines: Math.max(...uploads.map(({ lines }) => lines)),
    mib: Math.max(...uploads.map(({ mib = Number.NaN }) => mib)),
  };
}

/** The same rows as bench/peers/loop.py logs. */
function writeStore(folder: string, rows: number): void {
  const clock = { time: startedAt };
  const now = { now: () => clock.time, sleep: () => Promise.reject(new Error("nothing sleeps here")) };
  const store = openStore(folder, { durability: "buffered", clock: now });
  const { writer } = store.createRun({ experiment: "bench", name: "bench", createdAt: startedAt });
  for (let step = 0; step < rows; step++) {
    clock.time = startedAt + step;
    const values = { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
    writer.append({ kind: "metrics.logged", step, values });
  }
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
}

function writeOffline(python: string, folder: string, rows: number): void {
  const script = join(import.meta.dirname, "..", "peers", "with_wandb.py");
  const words = [script, "rate", folder, String(rows)];
  const env = { ...environment(folder), WANDB_MODE: "offline" };
  const { status, stderr } = spawnSync(python, words, { cwd: folder, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`wandb failed: ${stderr}`);
}

function environment(folder: string): NodeJS.ProcessEnv {
  const home = join(folder, "home");
  mkdirSync(home, { recursive: true });
  const { PATH } = process.env;
  return { PATH, HOME: home, WANDB_ERROR_REPORTING: "false", PYTHONDONTWRITEBYTECODE: "1", NO_PROXY: "127.0.0.1" };
}

/** The time from the start of the process to its end; every row has to be there then. */
async function toServer(rows: number, upload: (place: Place) => Promise<{ seconds: number; mib?: number }>) {
  const server = spawn(process.execPath, [join(import.meta.dirname, "server.mjs")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const told = async () => JSON.parse((await lines.next()).value as string);
  try {
    const taken = await upload((await told()) as Place);
    server.stdin.end();
    const left = (await told()) as { requests: number; lines: number; rows: number };
    if (left.rows !== rows) throw new Error(`the server has ${left.rows} rows of ${rows}`);
    return { ...taken, requests: left.requests, lines: left.lines };
  } finally {
    await stopped(server);
  }
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exit = once(server, "exit");
  server.kill();
  await exit;
}

/** W&B's client leaves logs where it is run. */
async function run(program: string, words: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  const start = performance.now();
  const child = spawn(program, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.on("data", (part) => (output += part));
  child.stderr.on("data", (part) => (errors = (errors + part).slice(-3000)));
  const [code] = (await once(child, "close")) as [number | null];
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${words.join(" ")} ends with ${code}:\n${output.slice(-1000)}\n${errors}`);
  const told = output.trim().startsWith("{") ? (JSON.parse(output) as { mib: number }) : {};
  return { seconds, ...told };
}
