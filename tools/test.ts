// `npm test [-- words for vitest]`: builds, fetches the peers that tests compare with, runs every test.
import { join } from "node:path";
import { build } from "./build.ts";
import { repository } from "./bundled-node.mjs";
import { installPeer } from "./peers/install.ts";
import { runNode } from "./run-program.ts";

/** The parts of tools/peers that tests use. Without one its tests are skipped, or fail where CI is set. */
const peersOfTests = ["duckdb", "mlflow", "tensorboard", "tensorboardx", "wandb"];

async function fetchPeer(part: string): Promise<void> {
  const peer = await installPeer(part);
  if ("missing" in peer) console.error(`runferry: continuing without the peer ${part}: ${peer.missing}`);
}

const [isBuilt] = await Promise.all([build(), ...peersOfTests.map(fetchPeer)]);
if (isBuilt) {
  // Tests start Node some thousand times, mostly on the same files.
  const environment = { NODE_COMPILE_CACHE: join(repository, "node_modules/.compile-cache") };
  const vitest = await runNode("node_modules/vitest/vitest.mjs", ["run", ...process.argv.slice(2)], { environment });
  process.exitCode = vitest.ok ? 0 : 1;
} else {
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
