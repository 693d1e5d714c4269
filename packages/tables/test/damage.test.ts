import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fold, forward, isRunferryError, type Journal, memoryDeliveries } from "@runferry/core";
import { createRandom, hostileRuns, rounds } from "@runferry/testkit";
import { describe, expect, test } from "vitest";
import { collect, type Kind, kinds, temporaryFolder } from "./kinds.ts";

async function written(kind: Kind): Promise<string> {
  const dir = temporaryFolder();
  for (const { name, journal } of await hostileRuns(1, { names: 10 })) {
    if (name !== "datasets and models" && name !== "contexts") continue;
    await forward({ journal, backend: kind.open({ dir }), deliveries: memoryDeliveries() });
  }
  return dir;
}

async function readAll(kind: Kind, dir: string): Promise<readonly Journal[]> {
  const runs = await collect(kind.source(dir).runs());
  for (const run of runs) await fold(run);
  return runs;
}

describe.each(kinds)("$kind", (kind) => {
  test("whatever becomes of a file, reading ends with the runs or with an error that names it", async () => {
    const dir = await written(kind);
    const files = globSync(`{metrics,events}/*/*/*.${kind.kind}`, { cwd: dir });
    const { numRuns, seed } = rounds(60);
    const random = createRandom(seed);
    let refused = 0;
    for (let round = 0; round < numRuns; round++) {
      const path = join(dir, random.pick(files));
      const bytes = readFileSync(path);
      const spoilt = Buffer.from(bytes);
      for (let i = 0; i <= random.below(4); i++) spoilt[random.below(spoilt.length)] = random.below(256);
      writeFileSync(path, random.chance(0.3) ? spoilt.subarray(0, random.below(spoilt.length)) : spoilt);
      try {
        await readAll(kind, dir);
      } catch (cause) {
        if (!isRunferryError(cause, "damaged")) throw cause;
        expect(cause.message).toContain(path);
        refused++;
      }
      writeFileSync(path, bytes);
    }
    console.log(`${kind.kind}: ${numRuns} spoilt files, ${refused} refused by name`);
    expect(refused).toBeGreaterThan(0);
    expect(await readAll(kind, dir)).toHaveLength(2);
  });
});

test.each([
  [
    "a cell that is no number",
    (text: string) => text.replace(/,0\.0,\n/, ",zero,\n"),
    /main\.csv, line 2: "zero" is not a number/,
  ],
  [
    "a line that is too short",
    (text: string) => `${text}a,b\n`,
    /main\.csv, line \d+: there are 2 cells; its header has 11/,
  ],
  [
    "a step that is no whole number",
    (text: string) => text.replace(/,0,loss,/, ",0.5,loss,"),
    /line 2: "0\.5" is not a whole number/,
  ],
  ["a context that is no JSON", (text: string) => text.replace(/"\{""[^\n]*\n/, "{broken\n"), /main\.csv: event \d+: /],
] as const)("%s is named with its line", async (_, spoil, message) => {
  const [csv] = kinds;
  const dir = await written(csv!);
  const path = globSync("metrics/*/*/main.csv", { cwd: dir }).map((name) => join(dir, name));
  for (const one of path) writeFileSync(one, spoil(readFileSync(one, "utf8")));
  await expect(readAll(csv!, dir)).rejects.toThrow(message);
});
