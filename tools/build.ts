// `npm run build`: compiles every package to its dist folder; what has not changed is left as it is,
// and what has lost its source goes.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { repository } from "./bundled-node.mjs";
import { packageProgram, runProgram } from "./run-program.ts";
import { staleOutput } from "./stale-output.ts";

/** Builds all packages. Prints only errors. */
export async function build(): Promise<boolean> {
  const turbo = await runProgram(packageProgram("turbo"), ["run", "build", "--output-logs=errors-only"], {
    quiet: true,
  });
  if (!turbo.ok) console.error(`${turbo.output}\nrunferry: the build failed; the compiler's messages are above.`);
  for (const file of staleOutput(repository)) rmSync(join(repository, file));
  return turbo.ok;
}

if (import.meta.filename === process.argv[1]) process.exitCode = (await build()) ? 0 : 1;
