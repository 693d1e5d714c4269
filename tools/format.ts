// `npm run format`: rewrites files to the house format and sorts imports.
import { packageProgram, runProgram } from "./run-program.ts";

const biome = await runProgram(packageProgram("biome"), ["check", "--linter-enabled=false", "--write"]);
process.exitCode = biome.ok ? 0 : 1;
