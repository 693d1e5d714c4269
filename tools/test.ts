// `npm test [-- words for vitest]`: builds, fetches the peers that tests compare with, runs every test.
import { build } from "./build.ts";
import { installPeer } from "./peers/install.ts";
import { runNode } from "./run-program.ts";

/** The parts of tools/peers that tests use. Without one its tests are skipped, or fail where CI is set. */
const peersOfTests = ["duckdb", "mlflow", "tensorboard", "tensorboardx", "wandb"];

if (await build()) {
  for (const part of peersOfTests) {
    const peer = await installPeer(part);
    if ("missing" in peer) console.error(`runferry: continuing without the peer ${part}: ${peer.missing}`);
  }
  const vitest = await runNode("node_modules/vitest/vitest.mjs", ["run", ...process.argv.slice(2)]);
  process.exitCode = vitest.ok ? 0 : 1;
} else {
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
}
