import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import {
  type ForwardResult,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  memoryJournal,
  type RunStarted,
} from "@runferry/core";
import { describe, expect, test } from "vitest";
import { askDuckdb } from "../../../tools/peers/duckdb.ts";
import { needPeer } from "../../../tools/peers/peer.ts";
import { fileLabel, partitionValue, runFolder, runOfFolder, streamOfLabel } from "../src/partition.ts";
import { collect, filesIn, type Kind, kinds, temporaryFolder } from "./kinds.ts";

const id = "01jd5x8f2v0000000000000001";

function smallRun(started: Partial<RunStarted> = {}): Journal {
  const journal = memoryJournal(started.id ?? id);
  const main = journal.writer();
  const createdAt = 1_732_181_400_000;
  const head = { format: 1, id: journal.run, name: "r", experiment: "e", createdAt };
  main.append({ kind: "run.started", ...head, ...started }, createdAt);
  main.append({ kind: "metrics.logged", step: 1, values: { loss: 0.5 } }, createdAt + 1);
  main.append({ kind: "run.ended", status: "finished" }, createdAt + 2);
  return journal;
}

function send(kind: Kind, dir: string, journal: Journal = smallRun()): Promise<ForwardResult> {
  return forward({ journal, backend: kind.open({ dir }), deliveries: memoryDeliveries(), retry: { attempts: 1 } });
}

const names = [
  "..",
  ".",
  "",
  "/etc",
  "a/../../b",
  "C:\\x",
  "con",
  "a=b",
  "x".repeat(400),
  "é".repeat(200),
  "\u0000",
  "~",
  "%2e%2e",
  "__HIVE_DEFAULT_PARTITION__",
  "日本/語 +&?#*",
  "trailing.",
  "1",
  "2024-01-01",
];

describe.each(kinds)("$kind", (kind) => {
  test("a name never leads out of the folder, and comes back whole", async () => {
    const folder = temporaryFolder();
    const dir = join(folder, "tables");
    for (const [i, name] of names.entries()) {
      const own = `${id.slice(0, -2)}${String(i + 10)}`;
      expect((await send(kind, dir, smallRun({ id: own, name, experiment: name }))).state, name).toBe("delivered");
    }
    expect(readdirSync(folder)).toEqual(["tables"]);
    const paths = [...filesIn(dir).keys()].filter((path) => path.includes("/"));
    expect(paths.every((path) => path.split("/").length === 4)).toBe(true);
    expect(paths.every((path) => path.split("/").every((part) => part.length < 200))).toBe(true);
    const runs = await collect(kind.source(dir).runs());
    expect(runs).toHaveLength(names.length);
    for (const [i, run] of runs.entries()) {
      expect((await fold(run)).started, names[i]).toMatchObject({ name: names[i], experiment: names[i] });
    }
  });

  test("DuckDB reads the names of experiments back from their folders", async (context) => {
    const { python } = needPeer(context, "duckdb");
    const dir = temporaryFolder();
    const short = names.filter((name) => name.length < 100 && name !== "\u0000");
    for (const [i, experiment] of short.entries()) {
      await send(kind, dir, smallRun({ id: `${id.slice(0, -2)}${String(i + 10)}`, experiment }));
    }
    const reading = kind.kind === "csv" ? "read_csv" : "read_parquet";
    const statement = `SELECT experiment_name, experiment FROM ${reading}('runs/**/*.${kind.kind}', hive_partitioning = true, hive_types_autocast = false${kind.kind === "csv" ? ", all_varchar = true" : ""})`;
    const program = "import json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))";
    const rows = JSON.parse(askDuckdb(python, program, [statement], dir)) as string[][];
    expect(rows).toHaveLength(short.length);
    for (const [name, experiment] of rows) expect(experiment ?? "").toBe(name ?? "");
  });

  test("a folder with the files of others is refused, and left as it is", async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "thesis.tex"), "mine");
    const result = await send(kind, dir);
    expect(result).toMatchObject({ state: "incomplete", code: "bad_option" });
    expect(result.cause).toContain("thesis.tex");
    expect(readdirSync(dir)).toEqual(["thesis.tex"]);
  });

  test("one kind of files is not put among the other", async () => {
    const dir = temporaryFolder();
    const other = kinds.find(({ kind: own }) => own !== kind.kind)!;
    await send(other, dir);
    const before = [...filesIn(dir)];
    const result = await send(kind, dir);
    expect(result).toMatchObject({ state: "incomplete", code: "bad_option" });
    expect([...filesIn(dir)]).toEqual(before);
    await expect(collect(kind.source(dir).runs())).rejects.toMatchObject({ code: "not_found" });
  });

  test("tables of a newer version, and a mark that says nothing, are not touched", async () => {
    for (const [text, code, said] of [
      [`{"format":2,"kind":"${kind.kind}"}`, "format_newer", "has format 2"],
      ["{}", "damaged", "does not say what the folder holds"],
      ["", "damaged", "does not say what the folder holds"],
    ] as const) {
      const dir = temporaryFolder();
      writeFileSync(join(dir, "runferry-tables.json"), text);
      const result = await send(kind, dir);
      expect(result).toMatchObject({ state: "incomplete", code: "bad_option" }); // waiting would not help
      expect(result.cause).toContain(said);
      await expect(collect(kind.source(dir).runs())).rejects.toMatchObject({ code });
      expect(readdirSync(dir)).toEqual(["runferry-tables.json"]);
    }
  });

  test("a link that leads out is not followed, neither writing nor reading", async () => {
    for (const table of ["metrics", "runs"]) {
      const [dir, outside] = [join(temporaryFolder(), "tables"), temporaryFolder()];
      mkdirSync(dir);
      writeFileSync(join(dir, "runferry-tables.json"), `{"format":1,"kind":"${kind.kind}"}\n`);
      symlinkSync(outside, join(dir, table));
      expect(await send(kind, dir)).toMatchObject({ state: "incomplete", code: "bad_option" });
      expect(readdirSync(outside)).toEqual([]);
    }
    const [dir, whole] = [temporaryFolder(), temporaryFolder()];
    await send(kind, whole);
    mkdirSync(join(dir, "metrics"));
    writeFileSync(join(dir, "runferry-tables.json"), readFileSync(join(whole, "runferry-tables.json")));
    symlinkSync(join(whole, "metrics/experiment=e"), join(dir, "metrics/experiment=e"));
    expect(await collect(kind.source(dir).runs())).toEqual([]);
  });

  test("a file that is a link is not written through", async () => {
    const dir = temporaryFolder();
    const outside = join(temporaryFolder(), "precious");
    writeFileSync(outside, "precious");
    writeFileSync(join(dir, "runferry-tables.json"), `{"format":1,"kind":"${kind.kind}"}\n`);
    const folder = join(dir, "metrics", runFolder("e", id));
    mkdirSync(folder, { recursive: true });
    const whole = temporaryFolder();
    await send(kind, whole);
    const [path] = globSync(`metrics/*/*/*.${kind.kind}`, { cwd: whole });
    const name = kind.kind === "csv" ? "main.csv" : `.${basename(path!)}.tmp`;
    symlinkSync(outside, join(folder, name));
    expect(await send(kind, dir)).toMatchObject({ state: "incomplete", code: "bad_option" });
    expect(readFileSync(outside, "utf8")).toBe("precious");
  });

  test("a folder that cannot be written is named, and the next delivery goes on", async () => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, "file"), "");
    const result = await send(kind, join(dir, "file", "tables"));
    expect(result).toMatchObject({ state: "incomplete", code: "bad_option" });
    expect(result.cause).toContain("cannot be written");
  });

  test("no folder is a bad option", () => {
    for (const dir of ["", "a\0b", undefined])
      expect(() => kind.open({ dir: dir as string })).toThrow("needs a folder");
  });

  test("a folder that is not there holds no tables, and reading does not make it", async () => {
    const dir = join(temporaryFolder(), "none");
    await expect(collect(kind.source(dir).runs())).rejects.toMatchObject({ code: "not_found" });
    expect(existsSync(dir)).toBe(false);
  });

  test("two streams whose names differ in case have files of their own", async () => {
    const journal = memoryJournal(id);
    const main = journal.writer();
    main.append({ kind: "run.started", format: 1, id, name: "r", experiment: "e", createdAt: 0 });
    for (const stream of ["rank", "Rank", "RANK"]) {
      journal.writer(stream).append({ kind: "metrics.logged", step: 1, values: { [stream]: 1 } });
    }
    const dir = temporaryFolder();
    await send(kind, dir, journal);
    const files = globSync(`metrics/*/*/*.${kind.kind}`, { cwd: dir }).map((path) => path.toLowerCase());
    expect(new Set(files).size).toBe(3);
    const [copy] = await collect(kind.source(dir).runs());
    expect([...(await fold(copy!)).metrics.keys()].sort()).toEqual(["RANK", "Rank", "rank"]);
  });
});

test("names of runs and streams are read back from what they are called on the disk", () => {
  for (const name of ["a", "01jd", "a b", "é", "a=b", "%41"]) {
    expect(runOfFolder(`run=${partitionValue(name)}`)).toBe(name);
    expect(streamOfLabel(fileLabel(name))).toBe(name);
  }
  for (const folder of ["run=", "run=%", "run=a/b", "run=..%2f", "run=A%2F", "x=a"]) {
    expect(runOfFolder(folder) ?? "", folder).not.toMatch(/\.\./);
  }
  expect(streamOfLabel("Rank")).toBeUndefined();
});
