import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom, killedChild, rounds } from "@runferry/testkit";
import { expect, test } from "vitest";
import { filesIn, temporaryFolder } from "./subject.ts";

/** Runs the delivery; kills it once it has accepted so many batches. Says how it ended. */
function deliver(dir: string, saved: string, killAfter?: number): Promise<number | null> {
  return killedChild(join(import.meta.dirname, "kill-child.ts"), [dir, saved], killAfter);
}

test("a delivery that is killed again and again leaves the bytes of one that was not", async () => {
  // Always the same folder: the records of artifacts hold its path.
  const dir = temporaryFolder();
  const saved = join(temporaryFolder(), "saved");
  expect(await deliver(dir, saved)).toBe(0);
  const expected = [...filesIn(dir)];
  const { numRuns, seed } = rounds(20);
  const random = createRandom(seed);
  let kills = 0;
  while (kills < numRuns) {
    rmSync(join(dir, "wandb"), { recursive: true });
    rmSync(saved);
    for (let tries = 0; tries < 8 && kills < numRuns; tries++) {
      if ((await deliver(dir, saved, 1 + random.below(120))) !== null) break;
      kills++;
    }
    expect(await deliver(dir, saved)).toBe(0);
    expect([...filesIn(dir)]).toEqual(expected);
  }
  expect(kills).toBe(numRuns);
}, 3_600_000);
