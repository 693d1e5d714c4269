import { rmSync } from "node:fs";
import { join } from "node:path";
import { createRandom, killedChild, rounds } from "@runferry/testkit";
import { expect, test } from "vitest";
import { contentOf, kinds, temporaryFolder } from "./kinds.ts";

/** Runs the delivery; kills it once it has accepted so many batches. Says how it ended. */
function deliver(kind: string, dir: string, saved: string, killAfter?: number): Promise<number | null> {
  return killedChild(join(import.meta.dirname, "kill-child.ts"), [kind, dir, saved], killAfter);
}

test.each(kinds)(
  "a delivery to $kind that is killed again and again leaves the rows of one that was not",
  async ({ kind }) => {
    const whole = temporaryFolder();
    expect(await deliver(kind, whole, join(temporaryFolder(), "saved"))).toBe(0);
    const expected = await contentOf(whole, kind);
    const { numRuns, seed } = rounds(6);
    const random = createRandom(seed);
    let kills = 0;
    while (kills < numRuns) {
      const [dir, folder] = [temporaryFolder(), temporaryFolder()];
      const saved = join(folder, "saved");
      for (let tries = 0; tries < 6 && kills < numRuns; tries++) {
        // Some 160 batches in all: a few dozen at a time.
        if ((await deliver(kind, dir, saved, 1 + random.below(50))) !== null) break;
        kills++;
      }
      expect(await deliver(kind, dir, saved)).toBe(0);
      expect(await contentOf(dir, kind)).toEqual(expected);
      for (const used of [dir, folder]) rmSync(used, { recursive: true });
    }
    expect(kills).toBe(numRuns);
  },
  3_600_000,
);
