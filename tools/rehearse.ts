// `npm run rehearse -- <name>`: the same tests as `npm test`, with the full number of rounds; or tests that need more than
// `npm test` may ask for, in files that end in `.rehearsal.ts`.
import { installPeer } from "./peers/install.ts";
import { runNode } from "./run-program.ts";

interface Rehearsal {
  /** A vitest file filter. */
  readonly tests: string;
  /** How many times the usual number of rounds. */
  readonly rounds: number;
  /** Whether files that end in `.rehearsal.ts` run too. */
  readonly apart?: boolean;
  /** Parts of tools/peers that no other test needs. */
  readonly peers?: readonly string[];
}

const rehearsals: Readonly<Record<string, Rehearsal>> = {
  core: { tests: "packages/core/test", rounds: 100 },
  kill: { tests: "packages/local/test/kill", rounds: 50 },
  delivery: { tests: "packages/tracker/test/delivery/trackers", rounds: 2 },
  soak: { tests: "packages/tracker/test/delivery/soak", rounds: 75 },
  mlflow: { tests: "packages/mlflow/test", rounds: 1, apart: true, peers: ["mlflow-postgres"] },
  matrix: { tests: "apps/export/test/matrix", rounds: 5, apart: true },
  "lab-large": { tests: "apps/export/test/lab-large.rehearsal", rounds: 1, apart: true },
  "mlflow-kill": { tests: "packages/mlflow/test/kill", rounds: 20 },
  "mlflow-large": { tests: "packages/mlflow/test/large.rehearsal", rounds: 1, apart: true },
  "mlflow-postgres": {
    tests: "packages/mlflow/test/postgres.rehearsal",
    rounds: 1,
    apart: true,
    peers: ["mlflow-postgres"],
  },
  packages: { tests: "tools/test/packages.rehearsal", rounds: 1, apart: true },
  publish: { tests: "tools/test/publish.rehearsal", rounds: 1, apart: true },
  tensorboard: { tests: "packages/tensorboard/test", rounds: 50 },
  "tensorboard-pages": { tests: "packages/tensorboard/test/pages.rehearsal", rounds: 1, apart: true },
  "tensorboard-tensorflow": {
    tests: "packages/tensorboard/test/tensorflow.rehearsal",
    rounds: 1,
    apart: true,
    peers: ["tensorflow"],
  },
  "tables-kill": { tests: "packages/tables/test/kill", rounds: 20 },
  "wandb-kill": { tests: "packages/wandb/test/online/kill", rounds: 25 },
  "wandb-large": { tests: "packages/testkit/test/wandb-large.rehearsal", rounds: 1 },
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
  for (const part of rehearsal.peers ?? []) await installPeer(part); // what is missing is told by the tests
  const environment = { RUNFERRY_ROUNDS: rounds, ...(rehearsal.apart ? { RUNFERRY_REHEARSAL: name } : {}) };
  const tests = await runNode("tools/test.ts", [rehearsal.tests, ...words], { environment });
  process.exitCode = tests.ok ? 0 : 1;
}
