// Moves the runs of `examples/experiments`, which a lab's own tracker might have left, to other places: by the commands that
// everybody types. Again, it finds that nothing is missing.
import { join, relative } from "node:path";
import { repository } from "./bundled-node.mjs";
import { runNode } from "./run-program.ts";

const program = join(repository, "apps/export/bin/runferry.mjs");

/** Types the commands of a migration in the folder; the store and the copies come to lie there. False where one failed. */
export async function demonstrate(folder: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const from = relative(folder, join(repository, "examples/experiments")).replaceAll("\\", "/");
  const places = [
    "tensorboard:demo/tensorboard",
    "wandb-offline:demo/wandb",
    ...(env.MLFLOW_TRACKING_URI ? ["mlflow"] : []),
  ];
  const move = [from, ...places.flatMap((place) => ["--to", place]), "--timezone", "UTC"];
  const commands: readonly (readonly [what: string, words: readonly string[]])[] = [
    ["What moving these runs would mean. Nothing is written:", ["plan", ...move]],
    ["Moving them, and reading every point back:", ["migrate", ...move]],
    ["They are here now:", ["ls", "rings", "--sort", "metrics.test_accuracy desc", "--limit", "3"]],
  ];
  for (const [what, words] of commands) {
    console.log(`\n${what}\n$ npx runferry ${words.map(quoted).join(" ")}`);
    const { ok } = await runNode(program, words, { directory: folder, environment: env });
    if (!ok) return false;
  }
  console.log(`
Type next:
  npx runferry show rings/run_016                          # one run: params, metrics, files
  npx runferry compare rings --by test_accuracy:max --top 5
  npx runferry verify --to tensorboard:demo/tensorboard    # read back and compare once more
  npx runferry export rings --to local:demo/archive        # one place more
  tensorboard --logdir demo/tensorboard                    # where TensorBoard is installed
  wandb sync demo/wandb/wandb/offline-run-*                # where wandb is, and a key
${env.MLFLOW_TRACKING_URI ? "" : "  MLFLOW_TRACKING_URI=http://localhost:5000 npm start      # to MLflow as well\n"}`);
  return true;
}

function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word}'`;
}
