// The same loop of 4 values a step to MLflow, W&B offline and TensorBoard, by runferry and by what people write in Python:
// in alternation, each in a process of its own, timed from the first call until all is closed.
import { spawn } from "node:child_process";
import { globSync, mkdirSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { peer } from "../../tools/peers/peer.ts";
import { median } from "../measure.ts";

export interface Cost {
  readonly what: string;
  readonly "loop s": number;
  readonly "until closed s": number;
  readonly "processor s": number;
}

const rounds = 3;
const steps = 300;

/** Undefined where a peer is not installed. */
export async function totalCost(mlflowUrl: string, folder: string): Promise<readonly Cost[] | undefined> {
  const [mlflow, wandb, tensorboardx] = ["mlflow", "wandb", "tensorboardx"].map(peer);
  if (!("python" in mlflow!) || !("python" in wandb!) || !("python" in tensorboardx!)) return undefined;
  const packages = [wandb, tensorboardx].flatMap(({ python }) =>
    globSync(join(dirname(dirname(python)), "lib/python*/site-packages")),
  );
  const three = [mlflow.python, "-W", "ignore", join(import.meta.dirname, "../peers/with_three.py"), "rate"];
  const ours = [process.execPath, "--disable-warning=ExperimentalWarning", join(import.meta.dirname, "train.ts")];
  const times: { readonly [name: string]: (readonly number[])[] } = { runferry: [], python: [] };
  for (let round = 0; round < rounds; round++) {
    const own = join(folder, `total-${round}`);
    mkdirSync(own);
    const env = {
      ...process.env,
      HOME: own,
      WANDB_MODE: "offline",
      WANDB_SILENT: "true",
      WANDB_ERROR_REPORTING: "false",
    };
    const places = [`mlflow:${mlflowUrl}`, `wandb-offline:${own}/wandb`, `tensorboard:${own}/tb`];
    times.runferry!.push(await numbersOf([...ours, join(own, "store"), String(steps), ...places], env));
    const python = {
      ...env,
      MLFLOW_TRACKING_URI: mlflowUrl,
      MLFLOW_DISABLE_TELEMETRY: "true",
      PYTHONDONTWRITEBYTECODE: "1",
      THREE: packages.join(delimiter),
    };
    times.python!.push(await numbersOf([...three, own, String(steps)], python));
  }
  return Object.entries(times).map(([name, all]) => {
    const [loop, closed, processor] = [0, 1, 2].map((i) => Number(median(all.map((one) => one[i]!)).toPrecision(3)));
    const what = name === "python" ? "mlflow, wandb offline and tensorboardX" : "runferry to the same";
    return { what: `${steps} steps, ${what}`, "loop s": loop!, "until closed s": closed!, "processor s": processor! };
  });
}

/** The three last numbers that a program prints. */
async function numbersOf([program, ...words]: readonly string[], env: NodeJS.ProcessEnv): Promise<readonly number[]> {
  const child = spawn(program!, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [told, complaints] = ["", ""];
  child.stdout.on("data", (text) => (told += text));
  child.stderr.on("data", (text) => (complaints += text));
  const code = await new Promise((resolve) => child.once("close", resolve));
  const numbers = told.trim().split(/\s+/).slice(-3).map(Number);
  if (code !== 0 || numbers.length !== 3 || numbers.some(Number.isNaN)) throw new Error(`${program}: ${complaints}`);
  return numbers;
}
