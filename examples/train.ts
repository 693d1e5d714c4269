// Trains something small for real, logs a handful of runs, and shows that they are there: four that finish, one that
// fails, and one whose process is killed with SIGKILL in the middle and that another process then goes on with.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { relative } from "node:path";
import { getBestRun, getRun, histogram, resumeRun, runs, startRun, Tracker } from "runferry";
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
      run.defineMetric("test_accuracy", { goal: "max" });
      const network = trainRings({ lr, hidden, epochs: 40 }, (epoch, values) => run.log(values, epoch));
      run.log({ weights: histogram(network.weights), test_accuracy: classify(network, ringData(99)) });
      run.logJson(network, "network.json");
    });
  }

  await tracker
    .run({ params: { lr: 1e9, hidden: 12 } }, async (run) => {
      trainRings({ lr: 1e9, hidden: 12, epochs: 40 }, (epoch, values) => {
        run.log(values, epoch);
        if (!Number.isFinite(values.loss)) throw new RangeError(`the loss is ${values.loss} in epoch ${epoch}`);
      });
    })
    .catch((cause: unknown) => console.error(`as expected: ${cause}`));

  const killed = await inProcess("killed");
  const run = getRun(killed.said);
  console.error(
    `its process ended with ${killed.end}: ${run.name} is ${run.status}, with all ${run.metrics.loss?.count} epochs it had logged`,
  );
  console.error("another process goes on with it from epoch 20");
  await inProcess("goes-on", run.id);

  console.log("\nrun      status    lr          hidden  test accuracy");
  for (const { name, status, params, metrics } of runs({
    experiment,
    orderBy: "metrics.test_accuracy desc",
    limit: 6,
  })) {
    const { lr, hidden } = params;
    const accuracy = metrics.test_accuracy?.last.toFixed(3) ?? "–";
    console.log(
      `${name.padEnd(7)}  ${status.padEnd(8)}  ${`${lr}`.padEnd(10)}  ${`${hidden}`.padStart(6)}  ${accuracy.padStart(13)}`,
    );
  }
  const best = getBestRun("test_accuracy", { experiment });
  console.log(
    `\nThe files are in ${tracker.dir}; the best network is ${relative(process.cwd(), best.artifact("network.json").path)}`,
  );
  console.log(
    `Next: npx runferry ls ${experiment} · npx runferry show ${experiment}/${best.name} · npx runferry export ${experiment} --to tensorboard:./tb`,
  );
}

/** Starts this file again; the child says on stdout how far it is, and is killed half way. */
async function inProcess(part: string, word = ""): Promise<{ readonly said: string; readonly end: string }> {
  const child = spawn(process.execPath, [import.meta.filename, part, word], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (text: Buffer) => {
    said += text;
    if (part === "killed") child.kill("SIGKILL");
  });
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  return { said: said.trim(), end: signal ?? `exit code ${code}` };
}

async function trainUntilKilled(): Promise<void> {
  const run = startRun({ experiment, params: { lr: 0.1, hidden: 8 } });
  trainRings({ lr: 0.1, hidden: 8, epochs: 1e6 }, (epoch, values) => {
    run.log(values, epoch);
    if (epoch === 20) process.stdout.write(run.id);
  });
}

async function goOn(handle: string): Promise<void> {
  const run = resumeRun(handle, { fromStep: 20 });
  const network = trainRings({ lr: 0.1, hidden: 8, epochs: 40, from: 20 }, (epoch, values) => run.log(values, epoch));
  run.log({ test_accuracy: classify(network, ringData(99)) });
  await run.end();
}
