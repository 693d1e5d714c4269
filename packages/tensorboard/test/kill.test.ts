import { join } from "node:path";
import { killedChild } from "@runferry/testkit";
import { expect, test, vi } from "vitest";
import { filesIn, temporaryFolder } from "./subject.ts";

vi.setConfig({ testTimeout: 120_000 }); // some thirty processes, one after the other

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);

/** Runs the delivery; kills it once it has accepted so many batches. Says how it ended. */
function deliver(logdir: string, saved: string, killAfter?: number): Promise<number | null> {
  return killedChild(join(import.meta.dirname, "kill-child.ts"), [logdir, saved], killAfter);
}

test("a delivery that is killed again and again leaves the bytes of one that was not", async () => {
  const whole = temporaryFolder();
  expect(await deliver(whole, join(temporaryFolder(), "saved"))).toBe(0);
  const expected = [...filesIn(whole)];
  let kills = 0;
  for (let round = 0; round < Math.min(60, 3 * rounds); round++) {
    const logdir = temporaryFolder();
    const saved = join(temporaryFolder(), "saved");
    for (let tries = 0; tries < 6; tries++) {
      // 750 batches in all: a few hundred at a time, and never the whole.
      if ((await deliver(logdir, saved, 1 + ((round * 97 + tries * 61) % 200))) !== null) break;
      kills++;
    }
    expect(await deliver(logdir, saved)).toBe(0);
    expect([...filesIn(logdir)]).toEqual(expected);
  }
  expect(kills).toBeGreaterThan(2);
});
