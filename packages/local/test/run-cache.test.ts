import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore, type Store } from "@runferry/local";
import { expect, test } from "vitest";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

function addRun(store: Store, loss: number): string {
  const { run, writer } = store.createRun({ experiment: "lists" });
  writer.append({ kind: "metrics.logged", values: { loss } });
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
  return run.id;
}

test("the cache of lists follows what comes, goes and changes, and what spoils it only costs time", () => {
  const store = openStore(temporary());
  const cache = join(store.folder, "cache/runs.ndjson");
  const ids = Array.from({ length: 6 }, (_, i) => addRun(store, i)).sort();
  const listed = () => store.list().map(({ id, metrics }) => [id, metrics.loss?.last]);
  const cachedIds = () =>
    readFileSync(cache, "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0]);
  const first = listed();
  expect(first.map(([id]) => id)).toEqual(ids);
  expect(cachedIds()).toEqual(ids);
  const whole = readFileSync(cache, "utf8");

  const lines = whole.trim().split("\n");
  for (const spoilt of [
    lines.toReversed(),
    [...lines, ...lines],
    lines.slice(2),
    ["", "\t\t", ...lines],
    ["é\t1\t{}"],
  ]) {
    writeFileSync(cache, `${spoilt.join("\n")}\n`);
    expect(listed()).toEqual(first);
    expect(cachedIds()).toEqual(expect.arrayContaining(ids));
  }

  store.trash.put([ids[0]!, ids[3]!]);
  const added = addRun(store, 7);
  const resumed = store.run(ids[1]!).writer();
  resumed.append({ kind: "run.resumed" });
  resumed.closeNow();
  const left = [ids[1]!, ids[2]!, ids[4]!, ids[5]!, added].sort();
  expect(listed().map(([id]) => id)).toEqual(left);
  expect(cachedIds()).toEqual(left.filter((id) => id !== ids[1]));
  expect([...store.entries()].map(({ id }) => id)).toEqual(left);
});
