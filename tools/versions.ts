// `npm run versions`: turns the changesets into the next version, the same for all packages, and into CHANGELOG.md.
import { runNode } from "./run-program.ts";

const steps = ["node_modules/@changesets/cli/bin.js version", "tools/relock.mjs"];
for (const step of steps) {
  const [file = "", ...words] = step.split(" ");
  const { ok } = await runNode(file, words);
  if (!ok) {
    console.error(`runferry: \`${step}\` failed; \`git diff\` shows what it has changed`);
    process.exitCode = 1;
    break;
  }
}
