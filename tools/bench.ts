// `npm run bench -- <name> [words]`: builds, then runs bench/<name>.ts with a garbage collector that can be called.
import { existsSync, globSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "./build.ts";
import { repository } from "./bundled-node.mjs";
import { runProgram } from "./run-program.ts";

const [name, ...words] = process.argv.slice(2);
const file = join(repository, "bench", `${name}.ts`);
if (name === undefined || basename(name) !== name || !existsSync(file)) {
  const names = globSync("bench/*.ts", { cwd: repository }).map((path) => basename(path, ".ts"));
  console.error(
    `runferry: usage: npm run bench -- <name>, where <name> is one of: ${names.sort().join(", ") || "none yet"}`,
  );
  process.exitCode = 2;
} else {
  const flags = ["--expose-gc", "--disable-warning=ExperimentalWarning"];
  const ok = (await build()) && (await runProgram(process.execPath, [...flags, file, ...words])).ok;
  process.exitCode = ok ? 0 : 1;
}
