import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Deliveries, forward, memoryDeliveries } from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import { afterAll, expect, test, vi } from "vitest";
import { wandbOffline } from "../../src/index.ts";
import { observedRun } from "../observed-run.ts";
import { type Fault, type FaultyFiles, faultyFiles } from "./faulty-files.ts";
import { everyKind } from "./run-of-every-kind.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

vi.setConfig({ testTimeout: 120_000 });

const never: Fault = { after: Number.POSITIVE_INFINITY, takes: 0, times: 0 };
const dir = temporaryFolder();
const struck = new Map<string, number>();

async function send(
  journal: Parameters<typeof forward>[0]["journal"],
  faulty: FaultyFiles,
  deliveries: Deliveries,
  attempts: number,
) {
  const effects = { point: () => undefined, fileSystem: faulty.fileSystem };
  const backend = wandbOffline({ dir, effects });
  const limits = { batch: { events: 3 }, retry: { attempts } };
  const result = await forward({ journal, backend, deliveries, clock: instantClock(), random: () => 0.5, ...limits });
  for (const [call, times] of faulty.struck) struck.set(call, (struck.get(call) ?? 0) + times);
  return result;
}

const begin = () => rmSync(join(dir, "wandb"), { recursive: true, force: true });

afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
  console.log(`calls that failed: ${[...struck].map(([call, times]) => `${call} ${times}`).join(", ")}`);
  for (const call of ["mkdir", "open", "write", "writeFile", "truncate", "close", "rename", "rm"]) {
    expect(struck.get(call) ?? 0, `${call} never failed`).toBeGreaterThan(0);
  }
});

for (const [name, made] of [
  ["of every kind", everyKind],
  ["whose end another process saw", async () => (await observedRun()).journal],
] as const) {
  test(`a run ${name} is the same after any call has failed, and after any write was cut short`, async () => {
    const journal = await made();
    begin();
    const whole = faultyFiles(never);
    expect(await send(journal, whole, memoryDeliveries(), 1)).toMatchObject({ state: "delivered" });
    const expected = [...filesIn(dir)];
    expect(whole.calls).toBeGreaterThan(20);
    for (let after = 0; after < whole.calls; after++) {
      for (const fault of [
        { code: "ENOSPC", takes: 0 },
        { code: "EIO", takes: 3 },
        { takes: 1 },
      ] satisfies Partial<Fault>[]) {
        begin();
        const faulty = faultyFiles({ after, times: 3, ...fault });
        expect(await send(journal, faulty, memoryDeliveries(), 5), `call ${after}`).toMatchObject({
          state: "delivered",
        });
        expect([...filesIn(dir)], `call ${after}`).toEqual(expected);
      }
    }
  });
}

test("on a disk that stays full the delivery says so, and goes on once there is room", async () => {
  const journal = await everyKind();
  begin();
  const { calls } = await counted();
  const expected = [...filesIn(dir)];
  for (let after = 0; after < calls; after++) {
    begin();
    const deliveries = memoryDeliveries();
    const full = faultyFiles({ after, code: "ENOSPC", takes: 2, times: Number.POSITIVE_INFINITY });
    const { state, cause } = await send(journal, full, deliveries, 2);
    expect([state, cause]).toEqual(["incomplete", expect.stringContaining("ENOSPC")]);
    expect(await send(journal, faultyFiles(never), deliveries, 1)).toMatchObject({ state: "delivered" });
    expect([...filesIn(dir)], `call ${after}`).toEqual(expected);
  }

  async function counted() {
    const faulty = faultyFiles(never);
    expect((await send(journal, faulty, memoryDeliveries(), 1)).state).toBe("delivered");
    return faulty;
  }
});
