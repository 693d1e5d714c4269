import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Run, startRun, type TableData } from "@runferry/tracker";
import { describe, expect, it, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { csvOf, tableOf } from "../src/table-data.ts";
import { eventsOf, only, shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

async function logged(work: (run: Run) => unknown) {
  const { tracker, said } = shopIn(temporary());
  const run = tracker.startRun({ name: "first" });
  await work(run);
  await run.end();
  const read = (name: string) => readFileSync(join(run.dir, "artifacts", name), "utf8");
  return { run, said, read, events: await eventsOf(tracker.dir, run.id) };
}

describe("logTable", () => {
  const rows = [
    { epoch: 0, loss: 0.5, note: 'a "quoted", word\n' },
    { epoch: 1, loss: Number.NaN, extra: true },
  ];
  const csv = 'epoch,loss,note,extra\n0,0.5,"a ""quoted"", word\n",\n1,NaN,,true\n';

  it.each<readonly [what: string, data: TableData]>([
    ["objects", rows],
    ["an iterable of objects", new Set(rows)],
    [
      "columns",
      {
        epoch: new Int32Array([0, 1]),
        loss: [0.5, Number.NaN],
        note: [rows[0]!.note, null],
        extra: new Set([undefined, true]),
      },
    ],
    [
      "a map of columns",
      new Map<string, unknown[]>([
        ["epoch", [0, 1]],
        ["loss", [0.5, Number.NaN]],
        ["note", [rows[0]!.note, undefined]],
        ["extra", [null, true]],
      ]),
    ],
  ])("takes %s: a CSV file, and a table of the run", async (_, data) => {
    const { read, events } = await logged((run) => run.logTable(data, "history", 3));
    expect(read("history.csv")).toBe(csv);
    const [media] = only(events, "media.logged");
    expect(media).toMatchObject({
      name: "history",
      step: 3,
      media: { type: "table", columns: ["epoch", "loss", "note", "extra"] },
    });
    expect(media?.media).toMatchObject({
      rows: [
        [0, 0.5, rows[0]!.note, null],
        [1, "NaN", null, true],
      ],
    });
  });

  it("takes lists with names for their columns, and chooses columns of objects", () => {
    const lists = [new Float32Array([0.5, 1]), [2]];
    expect(csvOf(tableOf(lists, ["a", "b"]))).toBe("a,b\n0.5,1\n2,\n");
    expect(csvOf(tableOf(lists))).toBe("0,1\n0.5,1\n2,\n");
    expect(csvOf(tableOf(rows, ["loss", "constructor"]))).toBe("loss,constructor\n0.5,\nNaN,\n");
    expect(csvOf(tableOf([], ["a"]))).toBe("a\n");
  });

  it("writes cells so that they come back: bigints, dates, minus zero, structures", () => {
    const cells = [2n ** 64n, new Date(0), -0, Number.NEGATIVE_INFINITY, [1, { a: 2 }], "-x", ""];
    expect(csvOf(tableOf([cells])).split("\n")[1]).toBe(
      '18446744073709551616,1970-01-01T00:00:00.000Z,-0,-Infinity,"[1,{""a"":2}]",-x,',
    );
  });

  it.each<readonly [unknown, readonly string[] | undefined, string]>([
    [{ a: [1], b: [1, 2] }, undefined, "the columns are not of one length: a 1, b 2"],
    [{ a: 3 }, undefined, "the column a is no list"],
    [[1, 2], undefined, "row 0 is 1: a row is an object or a list"],
    [[[1], { a: 1 }], undefined, "row 1 is an object, and others are lists"],
    [[[1, 2]], ["a"], "a row has 2 cells, for 1 columns"],
    [null, undefined, "it takes rows or columns"],
  ])("%j is refused with a reason", (data, columns, reason) => {
    expect(() => tableOf(data as never, columns)).toThrow(reason);
  });

  it("keeps what is long as a file only, and says so", async () => {
    const { run, said, events, read } = await logged((run) =>
      run.logTable({ n: Float64Array.from({ length: 400_000 }, (_, i) => i + 0.5) }, "long.csv"),
    );
    expect(read("long.csv").split("\n")).toHaveLength(400_002);
    expect(only(events, "media.logged")).toEqual([]);
    expect(run.troubles).toEqual([{ kind: "converted", what: "long.csv", count: 1 }]);
    expect(said.some((line) => line.includes("long.csv is long: it is logged as a file only"))).toBe(true);
  });

  test("pandas reads it with the types of its columns", async (context) => {
    const { python } = needPeer(context, "mlflow");
    const columns = {
      step: [0, 1],
      loss: [0.1, Number.POSITIVE_INFINITY],
      ok: [true, false],
      word: ['"a", b\n', "-x"],
    };
    const { run } = await logged((run) => run.logTable(columns, "frame.csv", { step: 3 }));
    const script =
      "import json, sys, pandas; f = pandas.read_csv(sys.argv[1]); print(json.dumps([f.dtypes.astype(str).to_dict(), f.astype(str).values.tolist()]))";
    const told = execFileSync(python, ["-c", script, join(run.dir, "artifacts/frame.csv")], { encoding: "utf8" });
    expect(JSON.parse(told)).toEqual([
      { step: "int64", loss: "float64", ok: "bool", word: "object" },
      [
        ["0", "0.1", "True", '"a", b\n'],
        ["1", "inf", "False", "-x"],
      ],
    ]);
  });
});

it("logTraining and logEvaluation say of which model and on which dataset", async () => {
  const { events } = await logged(async (run) => {
    const model = await run.logCheckpoint(Buffer.from("w"), { step: 1 });
    run.logTraining({ loss: 1 }, 1);
    run.logTraining({ loss: 2 }, { step: 2, model, dataset: "clicks" });
    run.logEvaluation({ loss: 3 }, 3n);
    run.logEvaluation({ loss: 4 }, { model: "other", dataset: "test", context: { fold: 1 } });
    run.logEvaluation({ loss: 5 });
    run.logEvaluation({ loss: "text" } as never, null as never);
  });
  expect(only(events, "metrics.logged").map(({ step, context, values }) => [step, context, values.loss])).toEqual([
    [1, undefined, 1],
    [2, { model: expect.stringMatching(/^\w{26}\/main\/\d$/), dataset: "clicks" }, 2],
    [3, { dataset: "evaluation" }, 3],
    [undefined, { model: "other", dataset: "test", fold: "1" }, 4],
    [undefined, { dataset: "evaluation" }, 5],
  ]);
});

it("logFigure takes what was drawn, or what to draw it from", async () => {
  const { events } = await logged((run) => {
    run.logFigure(Buffer.from("<svg/>"), "curves", { step: 2, format: "svg", caption: "all" });
    run.logFigure({ mark: "line" }, "spec", 4);
    run.logFigure("/nowhere.png", "gone");
    run.logFigure(null as never, "none", null as never);
  });
  expect(only(events, "media.logged")).toMatchObject([
    {
      name: "curves",
      step: 2,
      media: { type: "figure", caption: "all", file: { path: expect.stringMatching(/svg$/) } },
    },
    { name: "spec", step: 4, media: { spec: { mark: "line" } } },
  ]);
  expect(only(events, "events.lost").map(({ reason }) => reason)).toEqual([
    expect.stringContaining("media gone: ENOENT"),
    expect.stringContaining("a figure: "),
  ]);
});

it("logSystemInfo logs the machine as params", async () => {
  const { events } = await logged((run) => run.logSystemInfo());
  expect(only(events, "params.set")[0]?.values).toMatchObject({
    "system.node": process.version,
    "system.platform": process.platform,
    "system.cpus": expect.any(Number),
    "system.memoryBytes": expect.any(Number),
  });
});

it("saveSummary writes what the run says so far, without its secrets", async () => {
  const { read, run } = await logged(async (run) => {
    run.logParams({ lr: 0.1, api_key: "sk-abcdefghijklmnopqrstuvwxyz123456" });
    run.setTags({ team: "ml" });
    for (const loss of [3, 1, Number.NaN]) run.log({ loss });
    run.logText("x", "notes.txt");
    run.logArtifact(import.meta.filename, "copied.ts"); // under way
    expect(await run.saveSummary({ conclusion: "overfits" })).toMatchObject({ status: "logged", name: "summary.json" });
  });
  expect(read("summary.json")).not.toContain("sk-abc");
  expect(JSON.parse(read("summary.json"))).toMatchObject({
    id: run.id,
    name: "first",
    experiment: "default",
    status: "running",
    endedAt: null,
    params: { lr: 0.1 },
    tags: { team: "ml" },
    metrics: { loss: { count: 3, first: 3, last: "NaN", min: 1, max: 3 } },
    artifacts: [{ name: "notes.txt", bytes: 1 }, { name: "copied.ts" }],
    conclusion: "overfits",
  });
});

it("in a run that is switched off, none of them does anything", async () => {
  const run = startRun({ mode: "disabled" });
  run.logTraining({ loss: 1 });
  run.logSystemInfo();
  run.logFigure({}, "f");
  expect(await run.logNumpy([1], "a")).toMatchObject({ status: "skipped" });
  expect(await run.logTable([{ a: 1 }], "t")).toMatchObject({ status: "skipped" });
  expect(await run.saveSummary()).toMatchObject({ status: "skipped" });
  await run.end();
});

it("never throws, whatever it is given", async () => {
  const { run, events } = await logged(async (run) => {
    for (const value of [null, undefined, 1, Symbol("s"), () => 1, { a: { b: 1 } }] as never[]) {
      run.logTraining(value, value);
      run.logEvaluation(value, value);
      run.logFigure(value, value, value);
      await run.logNumpy(value, value, value);
      await run.logTable(value, value, value);
      await run.saveSummary(value);
    }
    run.log({ loss: 0.5 }, 9);
  });
  expect(only(events, "metrics.logged").at(-1)).toMatchObject({ step: 9, values: { loss: 0.5 } });
  expect(run.troubles.length).toBeGreaterThan(0);
});
