// The loop of with_three.py for runferry: `<folder> <steps> <place>…`. Prints the seconds of the loop, those until all of
// it has arrived, and the seconds of processor time, of the delivery process too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startRun } from "@runferry/tracker";

const [folder = "", count, ...backend] = process.argv.slice(2);
const steps = Number(count);
const run = startRun({ dir: folder, experiment: "bench", quiet: true, backend });
const begin = performance.now();
for (let step = 0; step < steps; step++) {
  run.log({ loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) }, step);
}
const looped = performance.now();
await run.end(undefined, { waitMs: 120_000 });
const closed = performance.now();
for (const { place, state } of await run.delivery()) if (state !== "up to date") throw new Error(`${place}: ${state}`);
const { user, system } = process.cpuUsage();
console.log((looped - begin) / 1000, (closed - begin) / 1000, (user + system) / 1e6 + deliverySeconds());

/** In hundredths, as Linux counts; 0 elsewhere. */
function deliverySeconds(): number {
  const pid = /^\S+ (\d+) begins/m.exec(readFileSync(join(folder, "delivery.log"), "utf8"))?.[1];
  if (process.platform !== "linux") return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
