// One loop, "4 values a step", through each contender's ordinary public call with its default settings; and what of the
// acknowledged values its own reader lacks after kill -9. Every measurement is a process of its own.
import { spawn } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { peer } from "../../tools/peers/peer.ts";
import { median } from "../measure.ts";

export type Compared = { readonly name: string; readonly call: string } & (
  | { readonly missing: string }
  | {
      readonly steps: number;
      readonly valuesPerSecond: number;
      /** Medians: values whose call had returned when the process was killed, and those of them that are gone. */
      readonly acknowledged: number;
      readonly lost: number;
    }
);

type Present = {
  readonly name: string;
  readonly call: string;
  readonly program: string;
  readonly words: readonly string[];
};
type Found = Present | { readonly name: string; readonly call: string; readonly missing: string };

const valuesPerStep = 4;
const killAfterMs = 2000;
/** Between the moments of two rounds, so that they fall differently into the intervals at which a contender writes. */
const killLaterMs = 170;
const checkSteps = 200;
const quietMs = 1500;

function python(part: string, name: string, call: string): Found {
  const found = peer(part);
  if (!("python" in found)) return { name, call, missing: `not installed: npm run peers -- ${part}` };
  const file = join(import.meta.dirname, `with_${part}.py`);
  return { name, call, program: found.python, words: ["-W", "ignore", file] };
}

function runferry(way: "local" | "tracker", call: string): Found {
  const name = `@runferry/${way}`;
  try {
    import.meta.resolve(name);
  } catch {
    return { name, call, missing: "not part of this checkout" };
  }
  const words = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "with-runferry.ts"), way];
  return { name, call, program: process.execPath, words };
}

function contenders(): readonly Found[] {
  return [
    runferry("local", "writer.append"),
    runferry("tracker", "run.log"),
    python("tensorboard", "tensorboard", "Writer.add_scalar ×4"),
    python("tensorboardx", "tensorboardX", "SummaryWriter.add_scalar ×4"),
    python("wandb", "wandb, offline", "run.log"),
    python("trackio", "trackio", "trackio.log"),
    python("mlflow", "mlflow, SQLite", "mlflow.log_metrics"),
  ];
}

/** Nothing is sent anywhere, and nothing is left in the home of who runs this. */
function environment(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    HOME: folder,
    WANDB_MODE: "offline",
    WANDB_SILENT: "true",
    WANDB_ERROR_REPORTING: "false",
    MLFLOW_DISABLE_TELEMETRY: "true",
    HF_HUB_OFFLINE: "1",
    HF_HUB_DISABLE_TELEMETRY: "1",
    DO_NOT_TRACK: "1",
  };
}

/** Runs a child to its end, or until `killAfter` milliseconds after its first line. */
function run(contender: Present, what: string, folder: string, steps: number, killAfter?: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(contender.program, [...contender.words, what, folder, String(steps)], {
      cwd: folder,
      env: environment(folder),
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output === "" && killAfter !== undefined) setTimeout(() => child.kill("SIGKILL"), killAfter);
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const isExpected = killAfter === undefined ? code === 0 : signal === "SIGKILL";
      if (isExpected) resolve(output);
      else
        reject(new Error(`${contender.name} ${what} ended with ${code ?? signal}: ${(errors || output).slice(-2000)}`));
    });
  });
}

function lastLine(output: string): string {
  return output.trimEnd().split("\n").at(-1) ?? "";
}

async function time(contender: Present, folder: string, steps: number): Promise<{ looped: number; closed: number }> {
  const output = await run(contender, "rate", folder, steps);
  const [looped = 0, closed = 0] = lastLine(output).split(" ").map(Number);
  if (!(closed > 0)) throw new Error(`${contender.name} printed no time: ${output.slice(-500)}`);
  return { looped, closed };
}

/** How many steps keep the loop busy for about a second. */
async function stepsOfASecond(contender: Present, folder: string): Promise<number> {
  let steps = 200;
  while (true) {
    const { looped } = await time(contender, folder, steps);
    const wanted = Math.round(steps / looped);
    if (looped > 0.3) return wanted;
    steps = Math.min(wanted, steps * 30);
  }
}

/** A reader that does not find what was closed in order would look like a loss. */
async function checkReader(contender: Present, folder: string): Promise<void> {
  await time(contender, folder, checkSteps);
  const found = Number(lastLine(await run(contender, "read", folder, checkSteps)));
  if (found !== checkSteps * valuesPerStep) throw new Error(`${contender.name}: ${found} values were read back`);
}

async function killOnce(
  contender: Present,
  folder: string,
  round: number,
): Promise<{ acknowledged: number; lost: number }> {
  const output = await run(contender, "ack", folder, 100_000_000, killAfterMs + round * killLaterMs);
  const steps = Number(output.slice(0, output.lastIndexOf("\n")).split("\n").at(-1)) + 1;
  await settled(folder); // a helper process of the killed one may still be writing
  const found = Number(lastLine(await run(contender, "read", folder, steps)));
  if (!(steps > 0) || Number.isNaN(found)) throw new Error(`${contender.name}: the loss could not be told`);
  return { acknowledged: steps * valuesPerStep, lost: steps * valuesPerStep - found };
}

async function settled(folder: string): Promise<void> {
  for (let size = -1; ; await wait(quietMs)) {
    const now = globSync("**/*", { cwd: folder })
      .map((path) => statSync(join(folder, path), { throwIfNoEntry: false })?.size ?? 0)
      .reduce((sum, bytes) => sum + bytes, 0);
    if (now === size) return;
    size = now;
  }
}

/** Rates in alternation, then kills; medians of `rounds`. */
export async function comparePeers(rounds: number): Promise<readonly Compared[]> {
  const found = contenders();
  const present = found.filter((contender): contender is Present => "program" in contender);
  const top = mkdtempSync(join(tmpdir(), "runferry-bench-peers-"));
  let folders = 0;
  const fresh = () => {
    const folder = join(top, String(folders++));
    mkdirSync(folder);
    return folder;
  };
  try {
    const plans: { contender: Present; folder: string; steps: number; rates: number[] }[] = [];
    for (const contender of present) {
      await checkReader(contender, fresh());
      const folder = fresh();
      plans.push({ contender, folder, steps: await stepsOfASecond(contender, folder), rates: [] });
    }
    for (let round = 0; round < rounds; round++) {
      for (const { contender, folder, steps, rates } of plans) {
        rates.push((steps * valuesPerStep) / (await time(contender, folder, steps)).closed);
      }
    }
    const compared = new Map<string, Compared>();
    for (const { contender, steps, rates } of plans) {
      const kills: { acknowledged: number; lost: number }[] = [];
      for (let round = 0; round < rounds; round++) kills.push(await killOnce(contender, fresh(), round));
      const { name, call } = contender;
      const acknowledged = median(kills.map((kill) => kill.acknowledged));
      const lost = median(kills.map((kill) => kill.lost));
      compared.set(name, { name, call, steps, valuesPerSecond: median(rates), acknowledged, lost });
    }
    return found.map((contender) => compared.get(contender.name) ?? (contender as Compared));
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
