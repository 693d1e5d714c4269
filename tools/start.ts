// `npm start`: builds, then shows the main thing at work.
import { build } from "./build.ts";
import { runNode } from "./run-program.ts";

const ok = (await build()) && (await runNode("examples/train.ts", process.argv.slice(2))).ok;
process.exitCode = ok ? 0 : 1;
