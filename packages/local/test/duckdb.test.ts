import { readFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { askDuckdb } from "../../../tools/peers/duckdb.ts";
import { needPeer } from "../../../tools/peers/peer.ts";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const program = `
import json, sys
rows = duckdb.sql(sys.argv[1]).fetchall()
print(json.dumps([[seq, step, metric["key"], repr(metric["value"])] for _, seq, step, metric in rows]))
`;

test("the statement of the specification reads every value in DuckDB", (context) => {
  const { python } = needPeer(context, "duckdb");
  const specification = readFileSync(join(import.meta.dirname, "../../../docs/journal-format.md"), "utf8");
  const statement = specification.split("```sql\n")[1]?.split("```")[0];
  const store = openStore(temporary());
  const { writer } = store.createRun({ experiment: "duck" });
  writer.append({ kind: "params.set", values: { values: "not these", lr: 1 } });
  writer.append({ kind: "metrics.logged", step: 3, values: { "val/loss é": 0.1, bad: Number.NaN } });
  writer.append({ kind: "metrics.logged", values: { down: Number.NEGATIVE_INFINITY, tiny: 5e-324 } });
  writer.closeNow();
  const printed = askDuckdb(python, program, [statement!], store.folder);
  expect((JSON.parse(printed) as unknown[][]).map((row) => row.join(" ")).sort()).toEqual([
    "3 3 bad nan",
    "3 3 val/loss é 0.1",
    "4  down -inf",
    "4  tiny 5e-324",
  ]);
});
