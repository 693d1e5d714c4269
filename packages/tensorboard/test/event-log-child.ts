// Adds events until the file can grow no more, and on; tells how many were added.
import { isRunferryError } from "@runferry/core";
import { openEventLog } from "../src/index.ts";

const log = openEventLog(process.argv[2]!);
const added: number[] = [];
const failed: string[] = [];
for (let step = 1; failed.length < 300; step++) {
  try {
    log.scalar("x".repeat((step * 97) % 300), step, { wallTime: 1000 + step, step });
    added.push(step);
  } catch (cause) {
    failed.push(isRunferryError(cause) ? cause.code : String(cause));
  }
}
log.close();
console.log(JSON.stringify({ added, failed }));
