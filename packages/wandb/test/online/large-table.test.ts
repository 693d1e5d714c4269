import { memoryJournal } from "@runferry/core";
import { startWandbServer } from "@runferry/testkit/wandb-server";
import { expect, test } from "vitest";
import { deliver, left, unlike } from "./deliver.ts";

test("a table has all of its rows, also where W&B's own client would cut it at 10 000", async () => {
  await using server = await startWandbServer();
  const journal = memoryJournal("01jd5x8f2v0000000000000002");
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id: journal.run, name: "run", experiment: "e", createdAt: 1 });
  const rows = Array.from({ length: 12_000 }, (_, i) => [i, `row ${i}`]);
  main.append({ kind: "media.logged", name: "cells", step: 1, media: { type: "table", columns: ["i", "text"], rows } });
  await main.close();
  expect((await deliver(server, journal)).state).toBe("delivered");
  const { files, history } = await left(server, journal.run);
  const table = [...files].find(([path]) => path.startsWith("media/table/"))![1];
  expect(JSON.parse((await table.bytes()).toString())).toEqual({ columns: ["i", "text"], data: rows });
  expect(JSON.parse(history[0]!)).toMatchObject({ cells: { _type: "table-file", nrows: 12_000 } });
  expect(await unlike(server, journal)).toEqual([]);
});
