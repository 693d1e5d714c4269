import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { expect, test } from "vitest";
import { filesIn, temporaryFolder } from "./subject.ts";

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);

/** Runs the delivery, killed after a while unless it has ended before. */
async function deliver(logdir: string, saved: string, killAfterMs?: number): Promise<boolean> {
  const words = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "kill-child.ts"), logdir, saved];
  const child = spawn(process.execPath, words, { stdio: "ignore" });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const [code] = (await once(child, "exit")) as [number | null];
  clearTimeout(timer);
  return code === 0;
}

test("a delivery that is killed again and again leaves the bytes of one that was not", async () => {
  const whole = temporaryFolder();
  const start = Date.now();
  expect(await deliver(whole, join(temporaryFolder(), "saved"))).toBe(true);
  const tookMs = Date.now() - start;
  const expected = [...filesIn(whole)];
  let kills = 0;
  for (let round = 0; round < Math.min(60, 3 * rounds); round++) {
    const logdir = temporaryFolder();
    const saved = join(temporaryFolder(), "saved");
    for (let tries = 0; tries < 6; tries++) {
      if (await deliver(logdir, saved, tookMs * (0.35 + 0.1 * ((round * 3 + tries * 5) % 7)))) break;
      kills++;
    }
    expect(await deliver(logdir, saved)).toBe(true);
    expect([...filesIn(logdir)]).toEqual(expected);
  }
  expect(kills).toBeGreaterThan(2);
});
