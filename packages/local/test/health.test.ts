import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createRunId } from "@runferry/core";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { deadIdentity, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

test("a store tells of its locks, orphans, damage and what cannot be read", () => {
  const folder = temporary();
  const dead = openStore(folder, { identity: deadIdentity() }).createRun({ experiment: "e" });
  const store = openStore(folder);
  const { run, writer } = store.createRun({ experiment: "e" });
  for (let step = 0; step < 5; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  const file = join(run.folder, "journal/main.ndjson");
  writeFileSync(file, readFileSync(file, "utf8").replace('"step":2', '"step":7'));
  const empty = createRunId(5);
  mkdirSync(join(folder, "runs", empty), { recursive: true });
  mkdirSync(join(folder, "experiments", "odd"));
  writeFileSync(join(folder, "experiments", "odd", "experiment.json"), "{");
  const health = store.inspect();
  expect(health).toMatchObject({ format: 1, runs: 3, deleted: 0, orphans: [dead.run.id] });
  expect(health.locks.map(({ run: id, state }) => [id, state]).sort()).toEqual(
    [
      [dead.run.id, "stale"],
      [run.id, "held"],
    ].sort(),
  );
  expect(health.damaged).toMatchObject([{ run: run.id, stream: "main", events: 1 }]);
  expect(health.damaged[0]?.where).toMatch(/^journal\/main\.ndjson bytes \d+–\d+/);
  expect(health.unreadable.map(({ path }) => path)).toEqual([
    join(folder, "runs", empty),
    join(folder, "experiments/odd/experiment.json"),
  ]);
  writer.closeNow();
  dead.writer.closeNow();
});
