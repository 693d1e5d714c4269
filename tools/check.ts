// `npm run check [-- <name> …]`: everything CI checks besides the tests. Closes with `N passed, N failed`.
import { join } from "node:path";
import { repository } from "./bundled-node.mjs";
import { type Ended, packageProgram, runNode, runProgram } from "./run-program.ts";

const biome = packageProgram("biome");
const quiet = { quiet: true };

/** Each check by name; all are run even if one fails. */
const checks: Readonly<Record<string, () => Promise<Ended>>> = {
  lint: () => runProgram(biome, ["lint", "--error-on-warnings"], quiet),
  format: () => runProgram(biome, ["check", "--linter-enabled=false"], quiet),
  types: () => runProgram(packageProgram("tsc"), ["-b"], quiet),
  imports: () => runTool("check-imports.ts"),
  sizes: () => runTool("check-sizes.ts"),
  lock: () => runTool("check-lock.mjs"),
  examples: () => runTool("check-examples.ts"),
};

function runTool(name: string): Promise<Ended> {
  return runNode(join(repository, "tools", name), [], quiet);
}

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(checks, name));
if (unknown.length > 0) {
  console.error(`runferry: no check is called ${unknown.join(", ")}; there are: ${Object.keys(checks).join(", ")}`);
  process.exitCode = 2;
} else {
  let passed = 0;
  let failed = 0;
  for (const [name, check] of Object.entries(checks)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const start = performance.now();
    const { ok, output } = await check();
    console.log(`${ok ? "ok    " : "FAILED"} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    if (ok) {
      passed += 1;
    } else {
      failed += 1;
      console.error(output);
    }
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
