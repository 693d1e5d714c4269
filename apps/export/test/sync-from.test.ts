import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Difference, fold, type RunView, type Source } from "@runferry/core";
import { lab } from "@runferry/layouts";
import { localSource, openStore } from "@runferry/local";
import { tensorboardSource } from "@runferry/tensorboard";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { steadySource } from "../src/steady-source.ts";
import { program, runferryIn } from "./workshop.ts";

vi.setConfig({ testTimeout: 120_000 });

const fixture = join(import.meta.dirname, "../../../test-fixtures/layouts/lab");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-follow-"));
  writeFileSync(join(folder, "package.json"), "{}");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Point {
  readonly step: number;
  readonly value: number;
  readonly timestamp: string;
}

/** A run as a lab's tracker writes it: each file anew, in place, with every call of log. */
function labRun(root: string) {
  const own = join(root, "runs/run_001");
  mkdirSync(join(own, "artifacts"), { recursive: true });
  const points: Point[] = [];
  const head = { run_id: "run_001", experiment_name: "ctr_model", created_at: "2024-11-15T10:30:00" };
  const index = (more: object) => writeFileSync(join(root, "metadata.json"), JSON.stringify([{ ...head, ...more }]));
  index({ status: "running" });
  writeFileSync(join(own, "params.json"), '{"lr": 1e-05}');
  const text = () => JSON.stringify({ loss: points });
  return {
    log(value: number) {
      const step = points.length;
      points.push({
        step,
        value,
        timestamp: new Date(Date.UTC(2024, 10, 15, 10, 31, step)).toISOString().slice(0, 19),
      });
      writeFileSync(join(own, "metrics.json"), text());
    },
    /** As a reader finds it in the middle of a write. */
    tear: () => writeFileSync(join(own, "metrics.json"), text().slice(0, -20)),
    artifact: (name: string) => writeFileSync(join(own, "artifacts", name), name),
    finish: () => index({ status: "completed", finished_at: "2024-11-15T11:00:00" }),
  };
}

async function onlyView(source: Source): Promise<RunView | undefined> {
  const views: RunView[] = [];
  for await (const journal of source.runs()) views.push(await fold(journal));
  expect(views.length).toBeLessThanOrEqual(1);
  return views[0];
}

const valuesOf = (view: RunView | undefined) =>
  [...(view?.metrics.get("loss")?.series.points() ?? [])].map(({ step, value }) => [step, value]);

const there = () => onlyView(localSource(join(folder, "copy"))).catch(() => undefined);
const onBoard = () => onlyView(tensorboardSource(join(folder, "tb"))).catch(() => undefined);

test("a run that grows arrives point by point, once, and what is half written is waited for", async () => {
  const run = labRun(join(folder, "experiments"));
  run.log(0.5);
  const words = ["sync", "--from", "experiments", "--to", "local:copy", "--to", "tensorboard:tb"];
  const child = spawn(process.execPath, [program, ...words, "--follow", "--every", "1", "--timezone", "UTC"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    said += text;
  });
  const arrives = (points: readonly (readonly number[])[]) =>
    vi.waitFor(
      async () => {
        expect(valuesOf(await there()), said).toEqual(points);
        expect(valuesOf(await onBoard()), said).toEqual(points);
      },
      { timeout: 30_000, interval: 200 },
    );
  await arrives([[0, 0.5]]);
  run.log(0.25);
  await arrives([
    [0, 0.5],
    [1, 0.25],
  ]);
  run.tear();
  run.artifact("model.bin");
  run.log(0.125);
  run.log(0.0625);
  run.finish();
  const all = [0.5, 0.25, 0.125, 0.0625].map((value, step) => [step, value]);
  await arrives(all);
  await vi.waitFor(async () => expect((await there())?.status).toBe("finished"), { timeout: 30_000, interval: 200 });
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(said).toContain("ctr_model/run_001  new");

  const view = await there();
  expect([view?.differences, [...(view?.artifacts.keys() ?? [])]]).toEqual([[] satisfies Difference[], ["model.bin"]]);
  const store = openStore(join(folder, "runferry"));
  expect(store.ids()).toHaveLength(1);
  const again = await runferryIn(folder, [...words, "--timezone", "UTC"]);
  expect([again.code, again.stdout, again.stderr]).toEqual([0, "", expect.stringContaining("where it belongs")]);
  expect([valuesOf(await there()), valuesOf(await onBoard())]).toEqual([all, all]);
});

test("without --follow it is done once, tells damage, and needs a place", async () => {
  cpSync(fixture, join(folder, "lab"), { recursive: true });
  const path = join(folder, "lab/runs/run_002/metrics.json");
  writeFileSync(path, readFileSync(path, "utf8").slice(0, 300));
  const words = ["sync", "--from", "lab", "--timezone", "UTC"];
  const synced = await runferryIn(folder, [...words, "--to", "local:copy"]);
  expect([synced.code, synced.stdout]).toEqual([1, expect.stringMatching(/^local:\S+ {2}3 runs delivered$/m)]);
  expect(synced.stderr).toContain("lab: times have no zone, read as UTC (--timezone)");
  expect(synced.stderr).toMatch(/ctr_model\/run_002 {2}1 × the file breaks off.*line \d+/);
  const placeless = await runferryIn(folder, words);
  expect([placeless.code, placeless.stderr]).toEqual([2, expect.stringContaining("no place is named")]);
  const useless = await runferryIn(folder, ["sync", "--every", "3"]);
  expect([useless.code, useless.stderr]).toEqual([2, expect.stringContaining("--every is of no use without --from")]);
});

test("a run with half a file is passed over until nothing changes any more, and so is one of another id", async () => {
  cpSync(fixture, join(folder, "lab"), { recursive: true });
  const source = lab.source(join(folder, "lab"), { timezone: "UTC" });
  const idsOf = async (isStill: boolean) => {
    const passed: string[] = [];
    const ids: string[] = [];
    for await (const { run } of steadySource(source, isStill, (id) => passed.push(id)).runs()) ids.push(run);
    return [ids.length, passed.length];
  };
  expect(await idsOf(false)).toEqual([3, 0]);
  const index = join(folder, "lab/metadata.json");
  const whole = readFileSync(index, "utf8");
  writeFileSync(index, whole.slice(0, whole.indexOf("run_002"))); // the tracker is writing it
  expect(await idsOf(false)).toEqual([1, 2]);
  expect(await idsOf(true)).toEqual([3, 0]);
  renameSync(index, `${index}.old`);
  expect(await idsOf(false)).toEqual([0, 3]);
});
