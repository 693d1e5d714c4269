// `npm run release`: looks at everything once more, and publishes the packages whose version npm's registry lacks.
import { repository } from "./bundled-node.mjs";
import { releaseFaults } from "./release-faults.ts";
import { runNode, runProgram } from "./run-program.ts";

/** Each step builds what it needs; the last one asks npm, which asks who you are, and sets a tag for each package. */
const steps = ["tools/check.ts", "tools/build.ts", "tools/pack.ts", "node_modules/@changesets/cli/bin.js publish"];

const { ok, output } = await runProgram("git", ["status", "--porcelain"], { quiet: true });
const unclean = ok && output === "" ? [] : [`what is published is what is committed, and git says: ${output.trim()}`];
const faults = [...releaseFaults(repository), ...unclean];
for (const fault of faults) console.error(`runferry: ${fault}`);
if (faults.length > 0) {
  console.error("runferry: nothing was published");
  process.exitCode = 1;
} else {
  for (const step of steps) {
    const [file = "", ...words] = step.split(" ");
    if ((await runNode(file, words)).ok) continue;
    console.error(`runferry: \`${step}\` failed. What was published before it stays; run the same command again`);
    process.exitCode = 1;
    break;
  }
}
