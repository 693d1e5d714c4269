// Starts as many runs as its first word says, and prints their ids and names.
import { Tracker } from "@runferry/tracker";

const tracker = new Tracker({ experiment: "crowd", quiet: true });
const runs = Array.from({ length: Number(process.argv[2]) }, () => tracker.startRun({ params: { pid: process.pid } }));
for (const run of runs) {
  run.log({ loss: 1 }, 1);
  console.log(`${run.id} ${run.name}`);
}
