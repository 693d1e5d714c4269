// `npm run relock -- [arguments of npm install]`: changes dependencies and the lock with npm on Node 22, then checks
// that the lock is complete. Example: npm run relock -- --save-exact --workspace packages/http undici@8.12.4
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./bundled-node.mjs";
import { lockFaults } from "./check-lock.mjs";
import { runNpm } from "./npm.mjs";

const failure = await runNpm(["install", ...process.argv.slice(2)]);
const faults =
  failure === undefined
    ? lockFaults(JSON.parse(readFileSync(join(repository, "package-lock.json"), "utf8")))
    : [failure];
for (const fault of faults) console.error(`runferry: ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
