import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killedChild } from "@runferry/testkit";
import { startWandbServer, type WandbServer } from "@runferry/testkit/wandb-server";
import { expect, test, vi } from "vitest";
import { left, unlike } from "./deliver.ts";
import { killedRun } from "./killed-run.ts";

vi.setConfig({ testTimeout: Number(process.env.RUNFERRY_ROUNDS ?? 1) * 180_000 });

const kills = Math.round(20 * Number(process.env.RUNFERRY_ROUNDS ?? 1));

/** Runs the delivery; kills it once it has accepted so many batches, and a little later. Says how it ended. */
function deliver(server: WandbServer, saved: string, killAfter?: number, laterMs?: number): Promise<number | null> {
  return killedChild(
    join(import.meta.dirname, "kill-child.ts"),
    [server.url, server.apiKey, saved, "1732181400400"],
    killAfter,
    laterMs,
  );
}

test("killed again and again, one run has every line once, and every file whole", async () => {
  const journal = await killedRun();
  let killed = 0;
  for (let round = 0; killed < kills; round++) {
    expect(round).toBeLessThan(kills + 5);
    const server = await startWandbServer();
    const folder = mkdtempSync(join(tmpdir(), "runferry-wandb-kill-"));
    const saved = join(folder, "saved");
    for (let tries = 0; tries < 5 && killed < kills; tries++) {
      if ((await deliver(server, saved, 1 + ((round * 17 + tries * 7) % 13), (tries * 7 + round) % 23)) !== null) break;
      killed++;
    }
    expect(await deliver(server, saved)).toBe(0);
    expect(server.runs()).toHaveLength(1);
    expect(await unlike(server, journal)).toEqual([]);
    const run = await left(server, journal.run);
    expect([run.replacedLines, run.history.includes(undefined), run.missingFiles]).toEqual([0, false, []]);
    const titles = run.alerts.map(({ title }) => title);
    expect(new Set(titles).size).toBe(titles.length);
    expect([run.state, run.exitcode]).toEqual(["finished", 0]);
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  expect(killed).toBeGreaterThanOrEqual(kills);
});
