import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { spelled } from "@runferry/core";
import { openStore } from "@runferry/local";
import { beforeAll, expect, test } from "vitest";
import { program, runferry, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const folder = temporary();
const dir = ["--dir", folder];
const ids: string[] = [];

beforeAll(async () => {
  const store = openStore(folder);
  for (const [i, lr] of [spelled("1e-05"), 0.01, 0.1].entries()) {
    const { run, writer } = store.createRun({
      experiment: i === 2 ? "ranking" : "ctr_model",
      createdAt: 1_700_000_000_000 + i * 60_000,
      description: "a wide one",
      command: ["node", "train.ts"],
      git: { commit: "c0ffee", dirty: true },
    });
    writer.append({ kind: "params.set", values: { lr, same: true } });
    for (let step = 0; step < 40; step++)
      writer.append({ kind: "metrics.logged", step, values: { loss: 1 / (step + i + 1) } });
    writer.append({ kind: "artifact.logged", file: (await run.putArtifact(new Uint8Array(2048), "model.bin")).file });
    const error = { type: "TypeError", message: "no\u001b[31m tensor", trace: "at train\n\tat main" };
    writer.append({
      kind: "run.ended",
      status: i === 1 ? "failed" : "finished",
      summary: writer.summary(),
      ...(i === 1 ? { error } : {}),
    });
    writer.closeNow();
    ids.push(run.id);
  }
});

test("ls lists, filters, sorts and cuts", () => {
  const { code, out, err } = runferry(["ls", ...dir]);
  expect([code, err]).toEqual([0, ""]);
  expect(out.split("\n")[0]).toMatch(/^run +status +started +took +loss +lr$/);
  expect(out).toContain("ranking/run_001");
  expect(out).toMatch(/ctr_model\/run_001 +finished +2023-11-14 22:13 .* 0\.025 +1e-05/);
  expect(runferry(["ls", "ctr_model", ...dir]).out).not.toContain("ranking");
  const json = (...words: string[]) => {
    const listed = runferry(["ls", "--json", ...words, ...dir]);
    expect(listed).toMatchObject({ code: 0, err: "" });
    return JSON.parse(listed.out) as { id: string }[];
  };
  expect(json().map((run) => run.id)).toEqual([...ids].reverse());
  expect(json("--filter", "params.lr = '1e-05' or lr = 0.1", "--sort", "loss").map((run) => run.id)).toEqual([
    ids[2],
    ids[0],
  ]);
  expect(json("--where", "lr = 0.1")).toEqual(json("--filter", "lr = 0.1"));
  expect(json("--limit=1", "--status", "failed")).toMatchObject([
    { id: ids[1], status: "failed", params: { lr: 0.01 }, metrics: { loss: { count: 40, max: 0.5 } } },
  ]);
  expect(runferry(["ls", ...dir, "--limit", "1"]).err).toBe("2 more runs: --limit\n");
  expect(runferry(["ls", ...dir, "--limit", "1", "--quiet"]).err).toBe("");
});

test("ls --experiments counts the runs of each", () => {
  const { code, out, err } = runferry(["ls", "--experiments", ...dir]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toMatch(/^experiment +runs +finished +failed +killed +running +last active\n/);
  expect(out).toMatch(/^ctr_model +2 +1 +1 +0 +0 +20\d\d-/m);
  expect(out).toMatch(/^ranking +1 +1 +0 +0 +0 /m);
  const one = JSON.parse(runferry(["ls", "ctr_model", "--experiments", "--json", ...dir]).out);
  expect(one).toMatchObject([{ name: "ctr_model", runs: 2, byStatus: { finished: 1, failed: 1 } }]);
});

test("show tells everything of a run", () => {
  const { code, out } = runferry(["show", "ctr_model/run_002", ...dir], { COLUMNS: "100" });
  expect(code).toBe(0);
  for (const part of [
    "a wide one",
    "node train.ts",
    "c0ffee, with changes",
    "model.bin",
    "2.05 kB",
    "TypeError: no\\u{1b}[31m tensor",
    "      at main",
    "▁",
  ]) {
    expect(out).toContain(part);
  }
  expect(out).not.toContain("\u001b");
  expect(out).toMatch(/^loss +0\.0243902 +0\.0243902 +0\.5 +40 +█/m);
  expect(JSON.parse(runferry(["show", "@last", "--json", ...dir]).out)).toMatchObject({
    id: ids[2],
    name: "run_001",
    error: null,
    lost: [],
    artifacts: [{ name: "model.bin", bytes: 2048 }],
  });
});

test("rm, restore and rm --purge", () => {
  const other = temporary();
  const store = openStore(other);
  for (let i = 0; i < 3; i++) store.createRun({ experiment: "e" }).writer.closeNow();
  const on = ["--dir", other];
  expect(runferry(["rm", "run_001", "run_009", ...on])).toMatchObject({ code: 1 });
  expect(store.ids()).toHaveLength(3); // none where one is not found
  const removed = runferry(["rm", "run_001", "e/run_002", ...on]);
  expect(removed).toMatchObject({ code: 0 });
  expect(removed.err).toContain("runferry restore");
  expect(store.ids()).toHaveLength(1);
  expect(runferry(["ls", "--deleted", ...on]).out).toMatch(/run_001 +deleted/);
  expect(runferry(["restore", "run_001", ...on])).toMatchObject({ code: 0 });
  expect(store.ids()).toHaveLength(2);
  expect(runferry(["rm", "--purge", "run_001", "run_002", "--json", ...on]).code).toBe(0);
  expect([store.ids().length, store.trash.ids().length]).toEqual([1, 0]);
});

test("doctor finds damage, and says where", () => {
  expect(runferry(["doctor", ...dir])).toMatchObject({ code: 0, err: "" });
  const other = temporary();
  const { run, writer } = openStore(other).createRun({ experiment: "e" });
  for (let step = 0; step < 9; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  writer.closeNow();
  const file = join(run.folder, "journal/main.ndjson");
  writeFileSync(file, readFileSync(file, "utf8").replace('"step":4', '"step":5'));
  const { code, out } = runferry(["doctor", "--dir", other]);
  expect(code).toBe(1);
  expect(out).toMatch(/damaged {2}\w{26} main: 1 event lost, journal\/main\.ndjson bytes \d+–\d+/);
  expect(out).toContain(`node     ${process.versions.node}`);
  expect(JSON.parse(runferry(["doctor", "--json", "--dir", other]).out)).toMatchObject({
    runs: 1,
    damaged: [{ events: 1 }],
  });
  expect(runferry(["show", "@last", "--dir", other]).out).toContain("1 event lost");
});

test.each([
  [["sl"], 2, "did you mean runferry ls?"],
  [["ls", "--fliter", "x"], 2, "did you mean --filter?"],
  [["ls", "--purge"], 2, "no option"],
  [["ls", "--filter", "loss <"], 2, "^"],
  [["ls", "--filter"], 2, "--filter needs a value"],
  [["ls", "--limit", "many"], 2, "not a whole number"],
  [["ls", "ctr_modle"], 1, "did you mean ctr_model?"],
  [["ls", "a", "b"], 2, "has no use for"],
  [["show"], 2, "needs a handle"],
  [["show", "run_001"], 2, "could be any of 2 runs"],
  [["show", "run_0x2"], 1, "did you mean"],
  [["help", "shwo"], 2, "did you mean runferry show?"],
  [["restore", "run_002"], 1, "the trash of"],
])("%j is told off", (words, code, told) => {
  const ended = runferry([...words, ...dir]);
  expect(ended).toMatchObject({ code, out: "" });
  expect(ended.err).toContain(told);
});

test.each([24, 60, 100])("in %i columns the help is whole, and only lines to type are wider", (columns) => {
  const words = (text: string) => text.split(/\s+/).filter(Boolean).join(" ");
  for (const command of [[], ["export"]]) {
    const whole = runferry(["help", ...command]).out;
    const narrow = runferry(["help", ...command], { COLUMNS: String(columns) }).out;
    expect(words(narrow)).toBe(words(whole));
    if (columns < 60) continue; // the names of the options alone are as wide
    for (const line of narrow.split("\n").filter((one) => !/^ {2}\$|^Usage/.test(one))) {
      expect(line.length, line).toBeLessThanOrEqual(columns);
    }
  }
});

test("help begins with examples; the version is printed; no store is an error", () => {
  const help = runferry(["help", "ls"]);
  expect(help).toMatchObject({ code: 0, err: "" });
  expect(help.out.split("\n")[2]).toBe("  $ runferry ls");
  expect(runferry(["ls", "--help"]).out).toBe(help.out);
  expect(runferry([]).out).toMatch(/^ {2}show +everything about one run$/m);
  expect(runferry(["--version"]).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(runferry(["ls", "--dir", temporary()])).toMatchObject({ code: 1, out: "" });
});

test("the store of the environment is used", () => {
  expect(runferry(["ls"], { RUNFERRY_DIR: folder }).out).toContain("ctr_model/run_001");
});

test("a reader that has seen enough is no trouble", () => {
  const line = `"${process.execPath}" "${program}" ls --json --dir "${folder}" | head -c 5`;
  const { stdout, stderr } = spawnSync("bash", ["-o", "pipefail", "-c", line], { encoding: "utf8" });
  expect([stdout, stderr]).toEqual(['[\n{"i', ""]);
});
