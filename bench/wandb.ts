// `npm run bench -- wandb [--json]`: a run without a network, ours beside W&B's own client by its ordinary calls with
// default settings, in alternation, timed until closed. Medians.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { median, tell } from "./measure.ts";
import { writeOurs, writeTheirs } from "./wandb/offline.ts";

const rounds = 5;
const [ourRows, theirRows, longRows] = [200_000, 5000, 1_000_000];

async function main(): Promise<void> {
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push((await writeOurs(ourRows)).rate);
    const rate = writeTheirs(theirRows);
    if (rate !== undefined) theirs.push(rate);
  }
  tell("rows a second into a .wandb file", [
    { name: "runferry", "rows/s": median(ours) },
    ...(theirs.length === 0
      ? []
      : [
          { name: "wandb, offline", "rows/s": median(theirs) },
          { name: "times as many", "rows/s": Math.floor(median(ours) / median(theirs)) },
        ]),
  ]);
  const child = spawnSync(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "wandb", "memory.mjs"), String(longRows)],
    { encoding: "utf8" },
  );
  if (child.status !== 0) throw new Error(child.stderr);
  const { mib, rate, bytes } = JSON.parse(child.stdout) as { mib: number; rate: number; bytes: number };
  tell("one run of 1 000 000 rows", [{ "MiB in use": mib, "rows/s": rate, "MiB of file": bytes / 2 ** 20 }]);
}

await main();
