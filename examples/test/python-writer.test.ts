import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import {
  createEncoder,
  createStamper,
  fold,
  isRunferryError,
  isSpelled,
  type Recorded,
  systemClock,
} from "@runferry/core";
import { openStore } from "@runferry/local";
import { openReader, resumeRun, startRun } from "@runferry/tracker";
import { afterAll, describe, expect, test } from "vitest";

const children = join(import.meta.dirname, "children");
process.env.PYTHONDONTWRITEBYTECODE = "1"; // nothing beside the sources
const program = join(import.meta.dirname, "../../apps/export/bin/runferry.mjs");
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function newStore(): string {
  const folder = mkdtempSync(join(tmpdir(), "runferry-python-"));
  folders.push(folder);
  return join(folder, "runferry");
}

function train(store: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync("python3", [join(children, "train.py"), store, ...words], {
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const viewOf = (store: string, run: string) => fold(openStore(store, { create: false }).run(run).journal);

test("its lines are those of our own encoder, byte for byte", () => {
  const bits = new DataView(new ArrayBuffer(8));
  const hexOf = (value: number) => {
    bits.setFloat64(0, value);
    return bits.getBigUint64(0).toString(16).padStart(16, "0");
  };
  let state = 12345n; // a fixed sequence of doubles, of every size
  const random = Array.from({ length: 5000 }, () => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % 2n ** 64n;
    bits.setBigUint64(0, state);
    return bits.getFloat64(0);
  });
  const plain = [
    0, -0, 1, -1, 0.1, 100, 1e20, 1e21, 123456789012345680000, 1.5e21, 1e-6, 1e-7, 1.25e-7, 5e-324, 0.00001,
  ];
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE, 2 ** 53, 2 ** 53 + 2];
  const names = ["loss", "é/🚀", '"\\\n\u0001\u007f', "\ud800 half", "__proto__"];
  const events = [...plain, ...odd, ...random].map((value, i): Recorded => {
    const [at, step] = [1732181400123 + i / 8, i - 10];
    const name = names[i % names.length]!;
    return { seq: i + 1, at: Math.round(at * 1000) / 1000, kind: "metrics.logged", step, values: { [name]: value } };
  });
  const encode = createEncoder();
  const { stamp } = createStamper(systemClock, { seq: 0, at: 0 });
  const expected = events.map((event) => Buffer.from(encode(stamp(event, event.at))).toString());
  const input = events.map((event) => {
    const { seq, at, step, values } = event as Recorded & { step: number; values: { [name: string]: number } };
    const [[name, value]] = Object.entries(values) as [[string, number]];
    return [seq, at, step, name, hexOf(value)];
  });
  const { stdout, stderr } = spawnSync("python3", [join(children, "lines.py")], {
    input: JSON.stringify(input),
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  expect(stderr).toBe("");
  expect(stdout.split("\n")).toEqual([...expected.map((line) => line.slice(0, -1)), ""]);
});

test("a run that Python writes is a run like any other: folded without damage, listed, shown", async () => {
  const store = newStore();
  const { stdout, stderr, status } = train(store, "whole");
  expect([status, stderr.trim().split("\n")]).toEqual([
    0,
    ["runferry: text is no number, so it is no metric", "runferry: only is no number, so it is no metric"],
  ]);
  const [id, name] = stdout.trim().split(" ") as [string, string];
  const view = await viewOf(store, id);
  expect(view).toMatchObject({
    status: "finished",
    differences: [],
    started: { name: "run_001", experiment: "ctr é" },
  });
  expect(name).toBe("run_001");
  const texts = Object.fromEntries(
    [...view.params].map(([key, value]) => [key, isSpelled(value) ? value.rawJSON : value] as const),
  );
  expect(texts).toMatchObject({ lr: "1e-05", momentum: "1.0", seed: "18446744073709551615", odd: "NaN" });
  expect(texts).toMatchObject({ hidden: [256, { a: null }], é: 'a "word"\n\u0001' });
  expect(Object.fromEntries(view.tags)).toEqual({ team: "ml", fold: "2" });
  const points = (metric: string) =>
    [...view.metrics.get(metric)!.series.points()].map(({ step, value, context }) => [step, value, context?.dataset]);
  expect(points("loss")).toEqual([
    [7, 0.5, "test"],
    [-1, 1e-7, undefined],
    [undefined, 1e21, undefined],
  ]);
  expect(points("nan").concat(points("minus"), points("far"), points("whole"))).toEqual([
    [7, Number.NaN, "test"],
    [7, -0, "test"],
    [7, Number.NEGATIVE_INFINITY, "test"],
    [7, 3, "test"],
  ]);

  const opened = openStore(store, { create: false });
  expect(opened.inspect()).toMatchObject({ damaged: [] });
  expect(existsSync(join(opened.run(id).folder, "journal/main.lock"))).toBe(false);
  const shown = spawnSync(process.execPath, [program, "show", "ctr é/run_001", "--dir", store], { encoding: "utf8" });
  expect([shown.status, shown.stderr]).toEqual([0, ""]);
  expect(shown.stdout).toMatch(/status +finished/);
  expect(shown.stdout).toMatch(/momentum +1\.0/);

  // The names and experiments of both are the same.
  const ours = startRun({ dir: store, experiment: "ctr é", quiet: true });
  await ours.end();
  expect(ours.name).toBe("run_002");
  expect(openReader(store).experiments()).toMatchObject([{ name: "ctr é", runs: 2 }]);
  openStore(store).deleteExperiment("ctr é");
  expect(train(store, "whole").stdout).toContain("run_003");
  expect(openReader(store).experiments()).toMatchObject([{ name: "ctr é", runs: 1 }]);
});

test("eight that start at once in a new store get ids and names of their own", async () => {
  const store = newStore();
  const all = await Promise.all(
    Array.from({ length: 8 }, async () => {
      const child = spawn("python3", [join(children, "train.py"), store, "whole"], {
        stdio: ["ignore", "pipe", "ignore"],
      });
      let text = "";
      child.stdout.on("data", (part: Buffer) => {
        text += part;
      });
      const [code] = (await once(child, "close")) as [number];
      return [code, text.trim()] as const;
    }),
  );
  expect(all.map(([code]) => code)).toEqual(all.map(() => 0));
  const names = all.map(([, text]) => text.split(" ")[1]).sort();
  expect(names).toEqual(Array.from({ length: 8 }, (_, i) => `run_00${i + 1}`));
  expect(
    openReader(store)
      .runs()
      .filter(({ status }) => status === "finished"),
  ).toHaveLength(8);
});

test("an error makes the run failed, is kept, and goes on", async () => {
  const store = newStore();
  const { status, stderr } = train(store, "failing");
  expect([status, stderr]).toEqual([1, expect.stringContaining("ValueError: the loss is NaN")]);
  const [run] = openReader(store).runs();
  expect(run).toMatchObject({ status: "failed", error: { type: "ValueError", message: "the loss is NaN" } });
  expect(run?.error?.trace).toContain("train.py");
});

test("SIGKILL loses nothing that was acknowledged; the run is another's only then, and goes on", async () => {
  const store = newStore();
  const child = spawn("python3", [join(children, "train.py"), store, "endless"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const told: string[] = [];
  let refused: unknown;
  for await (const line of createInterface(child.stdout)) {
    told.push(line);
    if (told.length === 2) refused = thrownBy(() => resumeRun(told[0]!, { dir: store, quiet: true }));
    if (told.length === 500) child.kill("SIGKILL");
  }
  await once(child, "exit").catch(() => undefined);
  expect(isRunferryError(refused, "locked")).toBe(true); // a second writer, while this one lives
  const [id, ...steps] = told as [string, ...string[]];
  const before = await viewOf(store, id);
  const there = new Set([...before.metrics.get("loss")!.series.points()].map(({ step }) => step));
  expect(steps.filter((step) => !there.has(Number(step)))).toEqual([]);
  expect(openReader(store).getRun(id).status).toBe("killed");
  expect(before.differences).toEqual([]);

  const journal = join(openStore(store).run(id).folder, "journal/main.ndjson");
  appendFileSync(journal, '{"seq":9999,"at":1732181400123,"kind":"metr'); // as a power cut may leave it
  const run = resumeRun(id, { dir: store, quiet: true });
  run.log({ loss: 8 }, 1_000_001);
  await run.end();
  const after = await viewOf(store, id);
  expect([after.status, after.metrics.get("loss")!.series.length]).toEqual(["finished", there.size + 1]);
  expect(after.differences).toEqual([]);
});

function thrownBy(work: () => unknown): unknown {
  try {
    return work();
  } catch (cause) {
    return cause;
  }
}

test("a process that was forked off leaves the run to its parent", async () => {
  const store = newStore();
  const { status, stdout, stderr } = train(store, "fork");
  expect([status, stderr]).toEqual([0, "runferry: the run has ended, or is another process's: nothing is logged\n"]);
  const { status: ended, metrics } = await viewOf(store, stdout.trim());
  expect([ended, [...metrics.get("loss")!.series.points()].map(({ value }) => value)]).toEqual(["finished", [1, 3]]);
});

test("what cannot be logged is said, and everything else is", async () => {
  const store = newStore();
  const { status, stdout, stderr } = train(store, "odd");
  expect([status, stderr.trim().split("\n")]).toEqual([
    0,
    [
      "runferry: huge is no number, so it is no metric",
      "runferry: text is no number, so it is no metric",
      "runferry: the step 9007199254740992 is no whole number below 2^53: its values are kept without it",
      "runferry: the step 1.5 is no whole number below 2^53: its values are kept without it",
      "runferry: 'done' is no status of a run: it is kept as failed",
      "runferry: the run has ended, or is another process's: nothing is logged",
    ],
  ]);
  const view = await viewOf(store, stdout.trim());
  expect([view.status, view.differences, view.started?.name]).toEqual(["failed", [], "../odd"]);
  expect(Object.fromEntries(view.params)).toEqual({
    "('a', 1)": "{2}",
    loop: "[[...]]",
    keys: "{(1, 2): 3}",
    half: "\\ud800",
  });
  const points = (name: string) => [...view.metrics.get(name)!.series.points()].map(({ step, value }) => [step, value]);
  expect(points("loss")).toEqual([
    [undefined, 1],
    [undefined, 2],
    [3, 3],
  ]);
  expect(points("truth")).toEqual([[undefined, 1]]);
});

test("what a full disk took is counted in the journal, and what comes later is there", async () => {
  const store = newStore();
  const { status, stdout, stderr } = train(store, "full-disk");
  expect([status, stderr]).toEqual([0, expect.stringMatching(/^runferry: .*training goes on/)]);
  const events = [...openStore(store).run(stdout.trim()).events()];
  expect(events.map(({ kind }) => kind)).toEqual([
    "run.started",
    "metrics.logged",
    "events.lost",
    "metrics.logged",
    "run.ended",
  ]);
  expect(events[2]).toMatchObject({ count: 2 });
  expect(events[3]).toMatchObject({ step: 4, values: { loss: 4 } });
});

test("a folder that holds other things is left as it is, and so is a newer store", () => {
  const store = newStore();
  mkdirSync(store, { recursive: true });
  writeFileSync(join(store, "mine.txt"), "");
  expect(train(store, "whole").stderr).toContain("is no store of runferry, and holds other files");
  rmSync(join(store, "mine.txt"));
  writeFileSync(join(store, "store.json"), '{"format":2}');
  expect(train(store, "whole").stderr).toContain("was written by a newer runferry");
  expect(readFileSync(join(store, "store.json"), "utf8")).toBe('{"format":2}');
});

describe("the golden journals", () => {
  const goldens = join(import.meta.dirname, "../../test-fixtures/journals");
  const names = readdirSync(goldens).filter((name) => name !== "README.md");

  test.each(["training", "values", "order", "clock", "context", "params", "tags", "running"])(
    "%s is written byte for byte",
    (name) => {
      const golden = join(goldens, name, "journal/main.ndjson");
      const words = [join(children, "write_golden.py"), newStore(), golden];
      const { stdout, stderr } = spawnSync("python3", words, { encoding: "utf8" });
      expect(stderr).toBe("");
      const written = readFileSync(join(stdout.trim(), "journal/main.ndjson"), "utf8");
      expect(written).toBe(readFileSync(golden, "utf8"));
    },
  );

  test("the document is enough to read them by: a reader in Python finds what they say", () => {
    const read = (...folders: readonly string[]) =>
      spawnSync("python3", [join(children, "fold.py"), ...folders], { encoding: "utf8" });
    const { status, stdout, stderr } = read(...names.map((name) => join(goldens, name)));
    expect([status, stdout, stderr, names.length > 20]).toEqual([0, "", "", true]);

    const other = join(newStore(), "resumed"); // and it would say so, if it did not
    cpSync(join(goldens, "resumed"), other, { recursive: true });
    const expected = readFileSync(join(other, "expected.json"), "utf8");
    writeFileSync(join(other, "expected.json"), expected.replace('"value":7', '"value":7.0'));
    expect(read(other).stdout).toBe("resumed/metrics/loss/points/2/value: found '#7', expected '#7.0'\n");
  });
});
