import { join } from "node:path";
import { openStore } from "@runferry/local";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../../tools/peers/peer.ts";
import { migrateRuns } from "../../src/index.ts";
import { comeBack, createScene, destinationKinds, type Scene, sourceKinds } from "./scene.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("every source to every destination", () => {
  const server = borrowMlflow();
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene(server());
  });
  afterAll(() => scene.close());

  test.each(sourceKinds)("%s: everything arrives everywhere, is found there again, and comes back", async (kind) => {
    await server().empty();
    const source = await scene.source(kind);
    const destinations = await Promise.all(destinationKinds.map((to) => scene.destination(to, `from-${kind}`)));
    const store = openStore(join(scene.folder, `store-${kind}`));
    const moving = { sources: [source], destinations, store };
    const { sources, delivered, verified } = await migrateRuns(moving);
    await source.close();
    const taken = sources[0]!.runs;
    expect(taken.length).toBeGreaterThan(0);
    expect(taken.filter(({ state }) => state !== "new")).toEqual([]);
    expect(delivered.troubles).toEqual({});
    expect(delivered.runs).toHaveLength(taken.length * destinationKinds.length);
    expect(delivered.runs.filter(({ state }) => state !== "delivered")).toEqual([]);
    expect(verified).toHaveLength(delivered.runs.length);
    expect(verified.filter(({ equality }) => equality !== "equal" && equality !== "converted")).toEqual([]);
    for (const [i, destination] of destinations.entries()) {
      const back = await comeBack(store, destination, join(scene.folder, `back-${kind}-${i}`));
      expect(back, destination.name).toEqual({ failed: [], missing: [], different: [] });
      await destination.backend.close();
    }
  });
});
