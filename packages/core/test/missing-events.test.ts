import {
  fold,
  mainStream,
  memoryJournal,
  missingEvents,
  missingFrom,
  type Recorded,
  type RunEvent,
} from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
import { expect, test } from "vitest";

async function journalOf(run: string, events: readonly (RunEvent | Recorded)[]) {
  const journal = memoryJournal(run);
  const writer = journal.writer();
  for (const event of events) writer.append(event, "at" in event ? event.at : 0);
  return { journal, writer };
}

async function mainOf(journal: Awaited<ReturnType<typeof hostileRuns>>[number]["journal"]): Promise<Recorded[]> {
  const all: Recorded[] = [];
  for await (const stream of journal.streams()) {
    if (stream.name !== mainStream) continue;
    for await (const events of stream.read()) all.push(...events);
  }
  return all;
}

test("a run cut anywhere and completed holds what the whole one holds", async () => {
  let completed = 0;
  for (const { journal } of await hostileRuns(3, { names: 50, largestFile: 64 })) {
    const events = await mainOf(journal);
    const whole = await fold((await journalOf(journal.run, events)).journal);
    for (const share of [0.1, 0.5, 0.9, 1]) {
      const cut = await journalOf(journal.run, events.slice(0, Math.max(1, Math.floor(events.length * share))));
      const missing = missingEvents(await fold(cut.journal), whole);
      if (share === 1) expect(missing).toEqual([]);
      for (const { event, at } of missing) cut.writer.append(event, at);
      const now = await fold(cut.journal);
      // Of a file that was logged twice only the last version is seen, and the same bytes are not told again.
      const left = [...missingFrom(now, { ...whole, replaced: [], artifacts: new Map() })];
      expect(left).toEqual([]);
      for (const [path, { file }] of whole.artifacts) expect(now.artifacts.get(path)?.file.sha256).toBe(file.sha256);
      completed += missing.length;
    }
  }
  expect(completed).toBeGreaterThan(1000);
});

test("changes of params and tags, a new version of a file and a new end are told after a resume", async () => {
  const started = { kind: "run.started", format: 1, id: "r", name: "n", experiment: "e", createdAt: 1 } as const;
  const file = { path: "a.txt", sha256: "0".repeat(64), bytes: 1 };
  const before = await journalOf("r", [
    started,
    { kind: "params.set", values: { lr: 1, same: 2 } },
    { kind: "artifact.logged", file },
    { kind: "run.ended", status: "failed" },
  ]);
  const now = await journalOf("r", [
    started,
    { kind: "params.set", values: { lr: 3, same: 2 } },
    { kind: "tags.set", values: { a: "b" } },
    { kind: "artifact.logged", file: { ...file, sha256: "1".repeat(64) } },
    { kind: "metrics.logged", step: 1, values: { loss: 1, auc: 2 } },
    { kind: "run.ended", status: "finished" },
  ]);
  const missing = missingEvents(await fold(before.journal), await fold(now.journal)).map(({ event }) => event);
  expect(missing.map(({ kind }) => kind)).toEqual([
    "run.resumed",
    "metrics.logged",
    "artifact.logged",
    "params.set",
    "tags.set",
    "run.ended",
  ]);
  expect(missing[1]).toEqual({ kind: "metrics.logged", step: 1, values: { loss: 1, auc: 2 } });
  expect(missing[3]).toEqual({ kind: "params.set", values: { lr: 3 } });
});
