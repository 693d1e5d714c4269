import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { createLosses } from "../src/run/losses.ts";
import { readMetrics } from "../src/run/read-metrics.ts";
import { createTimes } from "../src/run/times.ts";

const folder = mkdtempSync(join(tmpdir(), "runferry-large-file-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function read(text: string, mostHeldBytes: number) {
  const path = join(folder, "metrics.json");
  writeFileSync(path, text);
  const losses = createLosses(folder);
  const metrics = await readMetrics({ path, losses, times: createTimes("UTC"), mostHeldBytes });
  return { points: [...metrics].map(([name, points]) => [name, [...points.sorted()]] as const), losses: losses.events };
}

const point = fc.oneof(
  fc.record({ step: fc.nat(9), value: fc.double(), timestamp: fc.nat(9) }, { requiredKeys: ["value"] }),
  fc.constantFrom({ step: 1, value: "no number" }, [3, 0.5], 7, null),
);
const name = fc.constantFrom("loss", "val/acc", "é");
/** The same name may come again, as a list, as a single value, or as an object. */
const entry = fc.tuple(name, fc.oneof(fc.array(point, { maxLength: 8 }), point, fc.constant({ a: 1 })));

test("points that stay in their file are those that would be held, and what is wrong is told once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 6 }), fc.nat(12), async (entries, cut) => {
      const whole = `{${entries.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`).join(",\n")}}`;
      const text = whole.slice(0, whole.length - cut);
      const [held, left] = [await read(text, Number.POSITIVE_INFINITY), await read(text, 0)];
      expect(left.losses).toEqual(held.losses);
      const sorted = ({ points }: typeof held) =>
        points
          .filter(([, all]) => all.length > 0)
          .map(([name, all]) => [name, all.map((one) => JSON.stringify([one.at, one.step, one.value])).sort()])
          .sort();
      expect(sorted(left)).toEqual(sorted(held));
      for (const [, all] of left.points) {
        const times = all.map(({ at }) => at).filter((at) => !Number.isNaN(at));
        expect(times).toEqual([...times].sort((a, b) => a - b));
      }
    }),
    rounds(300),
  );
});

test("a file that is written meanwhile is an error, and no mixture", async () => {
  const path = join(folder, "growing.json");
  writeFileSync(path, '{"loss": [{"step": 0, "value": 1, "timestamp": 1}]');
  const metrics = await readMetrics({
    path,
    losses: createLosses(folder),
    times: createTimes("UTC"),
    mostHeldBytes: 0,
  });
  appendFileSync(path, ', "acc": []}');
  expect(() => [...metrics.get("loss")!.sorted()]).toThrow(/growing\.json was written while it was read/);
});
