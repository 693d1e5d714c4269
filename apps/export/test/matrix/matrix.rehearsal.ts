import { join } from "node:path";
import { addDifferences, type Difference, forward, memoryDeliveries } from "@runferry/core";
import { localBackend, openStore } from "@runferry/local";
import { hostileRuns, rounds } from "@runferry/testkit";
import { openReader } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../../tools/peers/peer.ts";
import { exportRuns, openSource, planRuns, verifyRuns } from "../../src/index.ts";
import { comeBack, createScene, destinationKinds, type Scene } from "./scene.ts";

vi.setConfig({ testTimeout: 3_600_000, hookTimeout: 180_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("hostile runs", () => {
  const server = borrowMlflow();
  let scene: Scene;
  beforeAll(async () => {
    scene = await createScene(server());
  });
  afterAll(() => scene.close());

  const { numRuns, seed } = rounds(1);

  test.each(Array.from({ length: numRuns }, (_, i) => seed + i))(
    "of seed %i arrive everywhere as planned, and come back",
    async (one) => {
      await server().empty();
      const folder = join(scene.folder, `hostile-${one}`);
      const backend = localBackend(folder);
      for (const { journal } of await hostileRuns(one, { names: 2000 })) {
        await forward({ journal, backend, deliveries: memoryDeliveries(), mask: false });
      }
      await backend.close();
      const store = openStore(folder);
      const runs = openReader(store).runs();
      const destinations = await Promise.all(destinationKinds.map((to) => scene.destination(to, `hostile-${one}`)));
      const plan = await planRuns({ sources: [await openSource(folder)], destinations });
      const report = await exportRuns({ store, runs, destinations });
      expect(report.runs.filter(({ state }) => state !== "delivered")).toEqual([]);
      for (const [i, destination] of destinations.entries()) {
        const verified = await verifyRuns({ store, runs, destinations: [destination] });
        expect(verified.filter(({ equality }) => equality !== "equal" && equality !== "converted")).toEqual([]);
        // What was said before is what is found afterwards.
        const found = addDifferences(...verified.map(({ differences }) => differences));
        expect(countsOf(plan.destinations[i]!.differences), destination.name).toEqual(countsOf(found));
        const back = await comeBack(store, destination, join(scene.folder, `hostile-${one}-back-${i}`));
        expect(back, destination.name).toEqual({ failed: [], missing: [], different: [] });
        await destination.backend.close();
      }
    },
  );
});

function countsOf(differences: readonly Difference[]): readonly string[] {
  return differences.map(({ grade, kind, count }) => `${grade} ${kind} ${count}`).sort();
}
