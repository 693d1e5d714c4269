// What tests use to reach a peer. Nothing is installed from here: `npm test` and `npm run peers` do that.
import { existsSync, readFileSync } from "node:fs";
import type { TestContext } from "vitest";
import { isInstalled, type Peer, partNames, peerEnvironment } from "./environment.ts";

/** The interpreter of an installed part of tools/peers, or why it is missing. */
export function peer(part: string): Peer {
  const environment = peerEnvironment(part);
  if (environment === undefined) {
    return { missing: `there is no part ${part} in tools/peers; the parts are: ${partNames().join(", ")}` };
  }
  if (isInstalled(environment)) return { python: environment.python };
  if (existsSync(environment.failure)) return { missing: readFileSync(environment.failure, "utf8") };
  return { missing: `the peer ${part} is not installed; run: npm run peers -- ${part}` };
}

/**
 * The interpreter of a part that this test cannot do without. Where it is missing the test is skipped, and listed with
 * the reason when the run closes; where `CI` is set it fails instead.
 */
export function needPeer(context: Pick<TestContext, "skip">, part: string): { readonly python: string } {
  const found = peer(part);
  if ("python" in found) return found;
  const ci = process.env.CI;
  if (ci !== undefined && ci !== "" && ci !== "false")
    throw new Error(`In CI no peer may be missing: ${found.missing}`);
  return context.skip(found.missing);
}
