import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, temporaryFolder } from "./subject.ts";

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);

/** Runs the delivery; kills it once it has accepted so many batches. Says whether it came to its end. */
async function deliver(logdir: string, saved: string, killAfter = Number.POSITIVE_INFINITY): Promise<boolean> {
  const words = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "kill-child.ts"), logdir, saved];
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
  const whole = temporaryFolder();
  expect(await deliver(whole, join(temporaryFolder(), "saved"))).toBe(true);
  const expected = [...filesIn(whole)];
  let kills = 0;
  for (let round = 0; round < Math.min(60, 3 * rounds); round++) {
    const logdir = temporaryFolder();
    const saved = join(temporaryFolder(), "saved");
    for (let tries = 0; tries < 6; tries++) {
      // 750 batches in all: a few hundred at a time, and never the whole.
      if (await deliver(logdir, saved, 1 + ((round * 97 + tries * 61) % 200))) break;
      kills++;
    }
    expect(await deliver(logdir, saved)).toBe(true);
    expect([...filesIn(logdir)]).toEqual(expected);
  }
  expect(kills).toBeGreaterThan(2);
});
