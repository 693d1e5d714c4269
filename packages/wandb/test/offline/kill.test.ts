import { spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom, rounds } from "@runferry/testkit";
import { expect, test } from "vitest";
import { filesIn, temporaryFolder } from "./subject.ts";

/** Runs the delivery; kills it once it has accepted so many batches. Says whether it came to its end. */
async function deliver(dir: string, saved: string, killAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
  const words = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "kill-child.ts"), dir, saved];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "ignore"] });
  let accepted = 0;
  child.stdout.on("data", (dots: Buffer) => {
    accepted += dots.length;
    if (accepted >= killAfter) child.kill("SIGKILL");
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code === 0;
}

test("a delivery that is killed again and again leaves the bytes of one that was not", async () => {
  // Always the same folder: the records of artifacts hold its path.
  const dir = temporaryFolder();
  const saved = join(temporaryFolder(), "saved");
  expect(await deliver(dir, saved)).toBe(true);
  const expected = [...filesIn(dir)];
  const { numRuns, seed } = rounds(20);
  const random = createRandom(seed);
  let kills = 0;
  while (kills < numRuns) {
    rmSync(join(dir, "wandb"), { recursive: true });
    rmSync(saved);
    for (let tries = 0; tries < 8 && kills < numRuns; tries++) {
      if (await deliver(dir, saved, 1 + random.below(120))) break;
      kills++;
    }
    expect(await deliver(dir, saved)).toBe(true);
    expect([...filesIn(dir)]).toEqual(expected);
  }
  expect(kills).toBe(numRuns);
}, 3_600_000);
