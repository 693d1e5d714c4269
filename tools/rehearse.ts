// `npm run rehearse -- <name>`: the same tests as `npm test`, with the full number of rounds.
import { runNode } from "./run-program.ts";

/** Which tests a rehearsal runs (a vitest file filter), and how many times the usual number of rounds. */
const rehearsals: Readonly<Record<string, { readonly tests: string; readonly rounds: number }>> = {
  core: { tests: "packages/core/test", rounds: 100 },
  kill: { tests: "packages/local/test/kill", rounds: 50 },
  tensorboard: { tests: "packages/tensorboard/test", rounds: 50 },
};

const [name = "", ...words] = process.argv.slice(2);
const rehearsal = Object.hasOwn(rehearsals, name) ? rehearsals[name] : undefined;
if (rehearsal === undefined) {
  console.error(
    `runferry: usage: npm run rehearse -- <name>, where <name> is one of: ${Object.keys(rehearsals).join(", ")}`,
  );
  process.exitCode = 2;
} else {
  const rounds = process.env.RUNFERRY_ROUNDS ?? String(rehearsal.rounds);
  console.log(`runferry: rehearsing ${name} with RUNFERRY_ROUNDS=${rounds}`);
  const environment = { RUNFERRY_ROUNDS: rounds };
  const tests = await runNode("tools/test.ts", [rehearsal.tests, ...words], { environment });
  process.exitCode = tests.ok ? 0 : 1;
}
