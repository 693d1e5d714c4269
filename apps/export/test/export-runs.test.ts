import { appendFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { forward, memoryDeliveries } from "@runferry/core";
import { localBackend, openStore, type Store } from "@runferry/local";
import { type HostileRun, hostileRuns, plainRun } from "@runferry/testkit";
import { type Destination, openDestination, openReader, parsePlace } from "@runferry/tracker";
import { afterEach, describe, expect, it } from "vitest";
import { exportRuns, verifyRuns } from "../src/index.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A store with the given runs, and a TensorBoard folder beside it. */
async function workshop(runs: readonly HostileRun[]) {
  const folder = mkdtempSync(join(tmpdir(), "runferry-export-"));
  folders.push(folder);
  const backend = localBackend(join(folder, "store"));
  for (const { journal } of runs) await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
  await backend.close();
  const store: Store = openStore(join(folder, "store"));
  const open = (): Promise<Destination> => openDestination(parsePlace("tensorboard:tb"), folder);
  return { folder, store, runs: openReader(store).runs(), open };
}

describe("exporting", () => {
  it("brings hostile runs to TensorBoard and to another store, and verify finds nothing lost", async () => {
    const { store, runs, open, folder } = await workshop(await hostileRuns(1, { names: 200 }));
    const destinations = [await open(), await openDestination(parsePlace("local:copy"), folder)];
    const report = await exportRuns({ store, runs, destinations });
    expect(new Set(report.runs.map((run) => run.state))).toEqual(new Set(["delivered"]));
    expect(report.runs).toHaveLength(2 * runs.length);
    expect(report.differences["tensorboard:tb"]?.some(({ kind }) => kind === "metric values to 32 bits")).toBe(true);
    const verified = await verifyRuns({ store, runs, destinations });
    expect(verified.filter(({ equality }) => equality !== "equal" && equality !== "converted")).toEqual([]);
    expect(
      verified.filter(({ destination }) => destination === "local:copy").every((run) => run.equality === "equal"),
    ).toBe(true);
    for (const { backend } of destinations) await backend.close();
  });

  it("done again sends nothing, and goes on where it was cancelled", async () => {
    const { store, runs, open } = await workshop(await hostileRuns(2, { names: 50, mixtures: 1 }));
    const stop = new AbortController();
    const first = await exportRuns({
      store,
      runs,
      destinations: [await open()],
      signal: stop.signal,
      onProgress: ({ done }) => done === 5 && stop.abort(),
    });
    expect(first.runs.length).toBeLessThan(runs.length);
    const rest = await exportRuns({ store, runs, destinations: [await open()] });
    expect(rest.runs.every((run) => run.state === "delivered")).toBe(true);
    const again = await exportRuns({ store, runs, destinations: [await open()] });
    expect(again.runs.map(({ sent }) => sent)).toEqual(runs.map(() => 0));
  });

  it("hears that it is to stop while nothing is to be sent", async () => {
    const { store, runs, folder } = await workshop(await hostileRuns(3, { names: 50, mixtures: 1 }));
    const copy = () => openDestination(parsePlace("local:copy"), folder);
    await exportRuns({ store, runs, destinations: [await copy()] });
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    const again = await exportRuns({ store, runs, destinations: [await copy()], signal: stop.signal });
    expect(again.runs.length).toBeLessThan(runs.length);
  });
});

describe("several places", () => {
  it("are worked side by side: one that waits keeps no other waiting", async () => {
    const { store, runs, open, folder } = await workshop([await plainRun()]);
    const quick = await open();
    const local = await openDestination(parsePlace("local:copy"), folder);
    const { promise: released, resolve: letGo } = Promise.withResolvers<void>();
    const slow: Destination = {
      ...local,
      backend: {
        ...local.backend,
        async write(batch, context) {
          await released; // until the other one, which is named later, has everything
          return local.backend.write(batch, context);
        },
      },
    };
    const over: string[] = [];
    const report = await exportRuns({
      store,
      runs,
      destinations: [slow, quick],
      onProgress: ({ place, isOver }) => {
        if (!isOver) return;
        over.push(place);
        letGo();
      },
    });
    expect(over).toEqual(["tensorboard:tb", "local:copy"]);
    expect(report.runs.map(({ destination, state }) => `${destination} ${state}`)).toEqual([
      "local:copy delivered",
      "tensorboard:tb delivered",
    ]);
  });

  it("that are one and the same take turns, and the second finds everything there", async () => {
    const { store, runs, open } = await workshop([await plainRun()]);
    const first = await open();
    const again = { ...(await open()), name: "tensorboard:./tb" };
    const report = await exportRuns({ store, runs, destinations: [first, again] });
    expect(report.runs.map(({ state, sent }) => [state, sent > 0])).toEqual([
      ["delivered", true],
      ["delivered", false],
    ]);
  });
});

describe("verifying", () => {
  it("names a value that was changed there, and a run that is not there", async () => {
    const { store, runs, open, folder } = await workshop([await plainRun()]);
    const destinations = [await open()];
    const before = await verifyRuns({ store, runs, destinations });
    expect(before.map(({ equality }) => equality)).toEqual(["missing"]);
    await exportRuns({ store, runs, destinations });
    const [whole] = await verifyRuns({ store, runs, destinations });
    expect(whole).toMatchObject({ equality: "converted", points: 20, mismatches: [] });
    const [file] = globSync("**/*tfevents*", { cwd: join(folder, "tb") });
    const bytes = readFileSync(join(folder, "tb", file!));
    writeFileSync(join(folder, "tb", file!), bytes.subarray(0, bytes.length * 0.6));
    const [cut] = await verifyRuns({ store, runs, destinations });
    expect(cut?.equality).toBe("different");
    expect(cut?.mismatches[0]).toMatchObject({ kind: "run", key: "status", here: "finished", there: "running" });
    expect(cut?.mismatches.some(({ kind, there }) => kind === "point" && there === undefined)).toBe(true);
    appendFileSync(join(folder, "tb", file!), "damage");
    expect((await verifyRuns({ store, runs, destinations }))[0]?.equality).toBe("different");
  });
});

it("a place that does not say where is named before anything is done", async () => {
  await expect(openDestination(parsePlace("parquet"))).rejects.toMatchObject({ code: "bad_option" });
  await expect(openDestination(parsePlace("tensorboard"))).rejects.toMatchObject({ code: "bad_option" });
});
