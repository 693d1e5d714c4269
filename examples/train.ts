// Trains something small for real, logs a handful of runs, and shows that they are there: four that finish, one that
// fails, and one whose process is killed with SIGKILL in the middle and that another process then goes on with.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { getRun, histogram, resumeRun, runs, startRun, Tracker } from "runferry";
import { classify, ringData, trainRings } from "./rings/network.ts";

const experiment = "rings";
const [role, id] = process.argv.slice(2);

if (role === "killed") await trainUntilKilled();
else if (role === "goes-on") await goOn(id ?? "");
else await main();

async function main(): Promise<void> {
  const tracker = new Tracker({ experiment, tags: { example: "train" } });
  for (const [lr, hidden] of [
    [0.01, 4],
    [0.1, 4],
    [0.1, 12],
    [0.5, 12],
  ] as const) {
    await tracker.run({ params: { lr, hidden } }, async (run) => {
      run.defineMetric("accuracy", { goal: "max" });
      const network = trainRings({ lr, hidden, epochs: 40 }, (epoch, values) => run.log(values, epoch));
      run.log({ weights: histogram(network.weights), test_accuracy: classify(network, ringData(99)) });
      run.logJson(network, "network.json");
    });
  }

  await tracker
    .run({ name: "too_fast", params: { lr: 1e9, hidden: 12 } }, async (run) => {
      trainRings({ lr: 1e9, hidden: 12, epochs: 40 }, (epoch, values) => {
        run.log(values, epoch);
        if (!Number.isFinite(values.loss)) throw new RangeError(`the loss is ${values.loss} in epoch ${epoch}`);
      });
    })
    .catch((cause: unknown) => console.error(`as expected: ${cause}`));

  const killed = await inProcess("killed");
  console.error(`the process of ${experiment}/killed ended with ${killed}`);
  const run = await getRun(`${experiment}/killed`);
  console.error(`its run is ${run.status}, with ${run.metrics["loss"]?.count} points of loss; another process goes on`);
  await inProcess("goes-on", run.id);

  console.log(`run        status    lr          hidden  accuracy`);
  for (const { name, status, params, metrics } of await runs({ experiment })) {
    const accuracy = metrics["test_accuracy"]?.last.toFixed(3) ?? "";
    console.log([name.padEnd(9), status.padEnd(8), `${params["lr"]}`.padEnd(10), `${params["hidden"]}`.padStart(6), accuracy.padStart(8)].join("  "));
  }
}

/** Starts this file again; the child says on stdout how far it is, and is killed half way. */
async function inProcess(part: string, word = ""): Promise<string> {
  const child = spawn(process.execPath, [import.meta.filename, part, word], { stdio: ["ignore", "pipe", "inherit"] });
  child.stdout.on("data", () => part === "killed" && child.kill("SIGKILL"));
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return signal ?? `exit code ${code}`;
}

async function trainUntilKilled(): Promise<void> {
  const run = startRun({ experiment, name: "killed", params: { lr: 0.1, hidden: 8 } });
  trainRings({ lr: 0.1, hidden: 8, epochs: 1e6 }, (epoch, values) => {
    run.log(values, epoch);
    if (epoch === 20) process.stdout.write("half way\n");
  });
}

async function goOn(handle: string): Promise<void> {
  const run = resumeRun(handle, { fromStep: 20 });
  const network = trainRings({ lr: 0.1, hidden: 8, epochs: 40, from: 20 }, (epoch, values) => run.log(values, epoch));
  run.log({ test_accuracy: classify(network, ringData(99)) });
  await run.end();
}
