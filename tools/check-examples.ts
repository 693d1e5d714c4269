// Runs every example, each in an empty folder of its own: all must end with exit code 0. Part of `npm run check`.
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.ts";
import { repository } from "./bundled-node.mjs";
import { runNode } from "./run-program.ts";

const examples = globSync("examples/*.ts", { cwd: repository }).sort();
const failures: string[] = (await build()) ? [] : ["the build"];
for (const example of failures.length === 0 ? examples : []) {
  const directory = mkdtempSync(join(tmpdir(), "runferry-example-"));
  const { ok, output } = await runNode(join(repository, example), [], { directory, quiet: true });
  rmSync(directory, { recursive: true, force: true });
  console.log(`${ok ? "ok    " : "FAILED"} ${example}`);
  if (!ok) {
    console.error(output);
    failures.push(example);
  }
}
process.exitCode = failures.length === 0 ? 0 : 1;
