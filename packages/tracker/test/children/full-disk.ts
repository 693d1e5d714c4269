// Trains on a disk that is full from the tenth write to the journal on, for good or for a while.
import { join } from "node:path";
import { nodeFileSystem } from "@runferry/local";
import { createFaultFs } from "@runferry/testkit";
import { startRun, text } from "@runferry/tracker";

const faulty = createFaultFs(nodeFileSystem);
const [, , way = "", backend = "local"] = process.argv;
const entry = join(import.meta.dirname, "../delivery/toy-process.ts");
const run = startRun({ experiment: "full", backend }, { fileSystem: faulty.fileSystem, delivery: { entry } });
let trained = 0;
for (let step = 0; step < 100; step++) {
  if (step === 10) faulty.add({ call: "writeSync", code: "ENOSPC", times: Number.POSITIVE_INFINITY });
  if (step === 60 && way === "for a while") faulty.heal();
  run.log({ loss: 1 / (step + 1) }, step);
  if (step === 20) run.log({ note: text("hello") }, step);
  trained++;
}
console.log(`trained ${trained}`);
if (way.startsWith("and ended")) run.end();
if (way === "and ended too early") setTimeout(() => faulty.heal(), 1);
