import { globSync } from "node:fs";
import { join } from "node:path";
import { forward, type MemoryJournal, memoryDeliveries, memoryJournal, type RunEvent } from "@runferry/core";
import { describe, expect, test } from "vitest";
import { csvFormat } from "../src/csv-format.ts";
import { parquetFormat } from "../src/parquet-format.ts";
import { runColumns } from "../src/run-row.ts";
import { type Cell, type Column, constantColumns } from "../src/tables.ts";
import { type Kind, kinds, temporaryFolder } from "./kinds.ts";

const id = "01jd5x8f2v0000000000000001";
const createdAt = 1_732_181_400_000;

function journalOf(
  main: readonly RunEvent[],
  others: { readonly [stream: string]: readonly RunEvent[] } = {},
): MemoryJournal {
  const journal = memoryJournal(id);
  const streams = { main: [started, ...main], ...others };
  for (const [stream, events] of Object.entries(streams)) {
    const writer = journal.writer(stream);
    for (const [i, event] of events.entries()) writer.append(event, createdAt + i + (stream === "main" ? 0 : 0.5));
  }
  return journal;
}

const started: RunEvent = { kind: "run.started", format: 1, id, name: "r", experiment: "e", createdAt, host: "h" };
const logged = (step: number | undefined, values: { readonly [name: string]: number }): RunEvent =>
  step === undefined ? { kind: "metrics.logged", values } : { kind: "metrics.logged", step, values };
const ended = (status: "finished" | "failed" | "killed", after?: number): RunEvent =>
  after === undefined ? { kind: "run.ended", status } : { kind: "run.ended", status, after };

type Row = { readonly [column: string]: Cell };

/** The rows of a table that has one file for each run. */
async function rowsOf({ kind }: Kind, dir: string, table: string, columns: readonly Column[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const path of globSync(`${table}/*/*/run.${kind}`, { cwd: dir })) {
    const format = kind === "csv" ? csvFormat : parquetFormat;
    for await (const read of format.readFile(join(dir, path), columns)) {
      for (let row = 0; row < read.length; row++) {
        rows.push(Object.fromEntries(Object.entries(read.columns).map(([name, cells]) => [name, cells[row]!])));
      }
    }
  }
  return rows;
}

function send(kind: Kind, dir: string, journal: MemoryJournal, events = 1000) {
  return forward({ journal, backend: kind.open({ dir }), deliveries: memoryDeliveries(), batch: { events } });
}

const status = async (kind: Kind, dir: string) =>
  (await rowsOf(kind, dir, "runs", runColumns)).map((row) => row.status);

describe.each(kinds)("$kind", (kind) => {
  test.each([
    ["running", [logged(1, { a: 1 })], undefined],
    ["finished", [logged(1, { a: 1 }), ended("finished")], undefined],
    ["killed", [logged(1, { a: 1 })], 2],
    ["running", [logged(1, { a: 1 }), logged(2, { a: 1 })], 2],
    ["finished", [logged(1, { a: 1 }), ended("finished")], 2],
    ["running", [logged(1, { a: 1 }), ended("failed"), { kind: "run.resumed" }], undefined],
    ["killed", [logged(1, { a: 1 }), ended("failed"), { kind: "run.resumed" }], 4],
    ["finished", [ended("failed"), { kind: "run.resumed" }, ended("finished")], 3],
  ] as const)("a run is %s, whichever stream tells it first", async (expected, main, seenAfter) => {
    const observer = seenAfter === undefined ? {} : { observer: [ended("killed", seenAfter)] };
    const journal = journalOf(main, observer);
    for (const first of ["main", "observer"]) {
      const dir = temporaryFolder();
      const deliveries = memoryDeliveries();
      let isStartKnown = false; // the forwarder looks for it before it delivers any stream
      const only: MemoryJournal = {
        ...journal,
        async *streams(options) {
          const all = !isStartKnown;
          isStartKnown = true;
          for await (const stream of journal.streams(options)) if (all || stream.name === first) yield stream;
        },
      };
      if (first in observer || first === "main") {
        await forward({ journal: only, backend: kind.open({ dir }), deliveries, batch: { events: 1 } });
      }
      await forward({ journal, backend: kind.open({ dir }), deliveries, batch: { events: 1 } });
      expect(await status(kind, dir), `${first} first`).toEqual([expected]);
      const wide = globSync(`runs_wide/*/*/run.${kind.kind}`, { cwd: dir });
      expect(wide, `${first} first`).toHaveLength(expected === "running" ? 0 : 1);
    }
  });

  test("the row of a run says where it ran, when, and how it ended", async () => {
    const dir = temporaryFolder();
    const error = { type: "ValueError", message: "two\nlines", trace: "…" };
    await send(kind, dir, journalOf([{ kind: "run.ended", status: "failed", exitCode: 1, error }]));
    expect(await rowsOf(kind, dir, "runs", runColumns)).toMatchObject([
      {
        run_id: id,
        run_name: "r",
        experiment_name: "e",
        status: "failed",
        created_at: createdAt * 1000,
        ended_at: (createdAt + 1) * 1000,
        exit_code: 1,
        error_type: "ValueError",
        error_message: "two\nlines",
        host: "h",
        git_dirty: null,
        last_seq: 2,
      },
    ]);
  });

  test("the wide tables have a row for each run and for each step, once the run has ended", async () => {
    const dir = temporaryFolder();
    const main: RunEvent[] = [
      { kind: "params.set", values: { lr: 0.1, layers: [2, 3], name: "001" } },
      { kind: "tags.set", values: { team: "=1+1", gone: "x" } },
      { kind: "tags.set", values: { gone: null } },
      logged(1, { loss: 3, "val/auc": Number.NaN }),
      logged(2, { loss: 2 }),
      logged(2, { loss: 1.5 }),
      { kind: "run.resumed", fromStep: 2 },
      logged(2, { loss: 1 }),
      logged(undefined, { test: 9 }),
      { kind: "metrics.logged", step: 2, context: { set: "b" }, values: { loss: 7 } },
      ended("finished"),
    ];
    await send(kind, dir, journalOf(main, { "rank-1": [logged(1, { gpu: 0.5 })] }), 3);
    const names = ["loss", "val/auc", "test", "gpu"];
    const doubles = (prefix: string) => names.map((name): Column => ({ name: `${prefix}.${name}`, type: "double" }));
    const metricColumns: readonly Column[] = [
      ...constantColumns.slice(0, 3),
      { name: "step", type: "integer" },
      { name: "context", type: "text" },
      ...doubles("metrics"),
    ];
    const same = { run_id: id, run_name: "r", experiment_name: "e" };
    const none = {
      step: null,
      context: null,
      "metrics.loss": null,
      "metrics.val/auc": null,
      "metrics.test": null,
      "metrics.gpu": null,
    };
    expect(await rowsOf(kind, dir, "metrics_wide", metricColumns)).toEqual([
      { ...same, ...none, step: 1, "metrics.loss": 3, "metrics.val/auc": Number.NaN, "metrics.gpu": 0.5 },
      { ...same, ...none, step: 2, "metrics.loss": 1 },
      { ...same, ...none, "metrics.test": 9 },
      { ...same, ...none, step: 2, context: '{"set":"b"}', "metrics.loss": 7 },
    ]);
    const runColumnsWide: readonly Column[] = [
      { name: "status", type: "text" },
      { name: "params.lr", type: "double" },
      { name: "params.layers", type: "text" },
      { name: "params.name", type: "text" },
      { name: "tags.team", type: "text" },
      { name: "tags.gone", type: "text" },
      ...doubles("metrics"),
      ...doubles("metrics_min"),
      ...doubles("metrics_max"),
    ];
    const [row] = await rowsOf(kind, dir, "runs_wide", runColumnsWide);
    expect(row).toMatchObject({
      status: "finished",
      "params.lr": 0.1,
      "params.layers": "[2,3]",
      "params.name": "001",
      "tags.team": "=1+1",
      "metrics.loss": 7,
      "metrics_min.loss": 1,
      "metrics_max.loss": 7,
      "metrics.val/auc": Number.NaN,
      "metrics.gpu": 0.5,
    });
    expect(row).not.toHaveProperty(["tags.gone"]);
  });

  test("a run too large for wide tables has its long ones alone", async () => {
    const dir = temporaryFolder();
    const values = Object.fromEntries(Array.from({ length: 5001 }, (_, i) => [`m${i}`, i]));
    expect((await send(kind, dir, journalOf([logged(1, values), ended("finished")]))).state).toBe("delivered");
    expect(globSync(`*_wide/*/*/*`, { cwd: dir })).toEqual([]);
    expect(globSync(`metrics/*/*/*`, { cwd: dir })).toHaveLength(1);
  });
});
