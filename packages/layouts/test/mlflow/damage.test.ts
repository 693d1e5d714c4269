import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { bytesOf, fold } from "@runferry/core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { mlruns } from "../../src/index.ts";
import { digestOf } from "../stores.ts";
import { copyStore, expectedRuns, readStore, type StoreCopy } from "./stores.ts";

let copy: StoreCopy;
let run: string;
let experiment: string;

beforeEach(() => {
  copy = copyStore("mlruns");
  const { address } = expectedRuns("mlruns").find(({ name }) => name === best)!;
  run = join(copy.folder, address.slice("file:///tmp/project/files/".length), "..");
  experiment = join(run, "..");
});

afterEach(() => copy.remove());

const best = "sweep: 'best' # 1";
const ofRun = [".hydra/config.yaml", "notes/größe.txt"];
const ofModel = ["net/MLmodel", "net/data/weights.bin"];
const read = async (name = best) => (await readStore(copy.folder, mlruns)).get(name)!;
const below = (path: string) => path.slice(join(copy.folder, "mlruns").length + 1);

test("a metric that was cut off gives the points before the cut, and says where it is", async () => {
  const path = join(run, "metrics/loss");
  const text = readFileSync(path, "utf8");
  truncateSync(path, text.indexOf("\n", 1000) - 1); // a step of two digits would be one of one
  const { view, lost } = await read();
  const whole = text.slice(0, 1000).split("\n").length - 1;
  expect(view.metrics.get("loss")!.series.length).toBe(whole);
  expect(lost).toMatchObject([
    { count: 1, reason: 'metric "loss" has a damaged line', where: `${below(path)}, line ${whole + 1}` },
  ]);
});

test("lines of two, three and five fields are read, junk is counted and the first named", async () => {
  const path = join(run, "metrics/odd");
  appendFileSync(
    path,
    "junk\n1 2 3.5\n\u0000\u0001\n1760000000600 7\n1760000000700 8 9 toy abc\n1760000000800 1e400x 1\n",
  );
  const { view, lost } = await read();
  const points = [...view.metrics.get("odd")!.series.points()].map(({ step, value }) => [step, value]);
  expect(points).toHaveLength(8);
  expect(points).toContainEqual([0, 7]);
  expect(points).toContainEqual([9, 8]);
  expect(lost).toMatchObject([
    { count: 4, reason: 'metric "odd" has a damaged line', where: `${below(path)}, line 7` },
  ]);
});

test("an empty metric is told", async () => {
  truncateSync(join(run, "metrics/loss"), 0);
  const { view, lost } = await read();
  expect(view.metrics.has("loss")).toBe(false);
  expect(lost).toMatchObject([{ reason: 'metric "loss" has no points', where: below(join(run, "metrics/loss")) }]);
});

test("without its meta.yaml a run has everything that other files say", async () => {
  rmSync(join(run, "meta.yaml"));
  const { view, lost } = await read();
  expect(view.status).toBe("running");
  expect(view.metrics.get("loss")!.series.length).toBe(60);
  expect(view.params.get("lr")).toBe("1e-05");
  expect(view.artifacts.size).toBe(4);
  expect(lost).toMatchObject([
    { reason: "a file is not there, or may not be read", where: below(join(run, "meta.yaml")) },
  ]);
});

test("of a damaged meta.yaml the lines that make sense hold", async () => {
  const path = join(run, "meta.yaml");
  writeFileSync(path, readFileSync(path, "utf8").replace(/^lifecycle_stage.*$/m, "lifecycle: [\u0001{"));
  const { view, lost } = await read();
  expect(view.started).toMatchObject({ createdAt: 1_760_000_000_000, experiment: "vision ü/α" });
  expect(view.status).toBe("finished");
  expect(lost).toMatchObject([{ reason: "a line is damaged", where: `${below(path)}, line 5` }]);
});

test("an experiment without meta.yaml goes by its number", async () => {
  rmSync(join(experiment, "meta.yaml"));
  const { view, lost } = await read();
  expect(view.started?.experiment).toBe(experiment.split("/").at(-1));
  expect(lost).toMatchObject([{ where: below(join(experiment, "meta.yaml")) }]);
});

test("a dataset, a model and a registered model that are gone are told, and nothing else is missing", async () => {
  rmSync(join(experiment, "datasets"), { recursive: true });
  rmSync(join(experiment, "models"), { recursive: true });
  const { view, lost } = await read();
  expect(view.datasets).toEqual([]);
  expect(view.models).toEqual([]);
  expect(view.registered).toHaveLength(2);
  expect(lost.map(({ reason }) => reason).sort()).toEqual([
    "a file is not there, or may not be read",
    "a logged model of the run is not there",
  ]);
});

test("links and addresses that lead out are named and not followed", async () => {
  symlinkSync("/etc/hostname", join(run, "artifacts/outside"));
  symlinkSync("/etc", join(run, "params/etc"));
  symlinkSync("/etc/hostname", join(run, "metrics/host"));
  const meta = join(run, "inputs", readdirSync(join(run, "inputs"))[0]!, "meta.yaml");
  writeFileSync(meta, readFileSync(meta, "utf8").replace(/^source_id.*$/m, "source_id: ../../../../etc"));
  const { view, lost } = await read();
  expect([...view.artifacts.keys()].sort()).toEqual([...ofModel, ...ofRun].sort());
  expect([...view.params.keys()]).not.toContain("etc/hostname");
  expect(view.metrics.has("host")).toBe(false);
  expect(view.datasets).toEqual([]);
  expect(lost.map(({ reason, count }) => [reason, count]).sort()).toEqual([
    ["a file was not read: it is a link that leads out of the folder", 1],
    ["what should be a file is none", 2],
  ]);
});

test("artifacts at an absolute address outside the store are read only where they are said to lie", async () => {
  const kept = join(copy.folder, "elsewhere");
  mkdirSync(join(kept, "1"), { recursive: true });
  renameSync(join(run, "artifacts"), join(kept, "1/artifacts"));
  const path = join(run, "meta.yaml");
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace(/^artifact_uri.*$/m, "artifact_uri: s3://bucket/runs/1/artifacts"),
  );
  const without = await read();
  expect([...without.view.artifacts.keys()]).toEqual(ofModel);
  expect(without.lost).toMatchObject([{ where: "s3://bucket/runs/1/artifacts" }]);

  const artifactRoots = new Map([["s3://bucket/runs/", kept]]);
  const moved = (await readStore(copy.folder, mlruns, { artifactRoots })).get(best)!;
  expect([...moved.view.artifacts.keys()].sort()).toEqual([...ofModel, ...ofRun].sort());
  expect(moved.lost).toEqual([]);

  for (const address of ["/etc", "file:///etc", "../../../../etc", "mlflow-artifacts:/../../../etc"]) {
    writeFileSync(path, readFileSync(path, "utf8").replace(/^artifact_uri.*$/m, `artifact_uri: ${address}`));
    expect([...(await read()).view.artifacts.keys()], address).toEqual(ofModel);
  }
});

test("keys of prototypes are keys", async () => {
  writeFileSync(join(run, "params/__proto__"), "1");
  writeFileSync(join(run, "tags/constructor"), "2");
  cpSync(join(run, "metrics/loss"), join(run, "metrics/__proto__"));
  const { view } = await read();
  expect(view.params.get("__proto__")).toBe("1");
  expect(view.tags.get("constructor")).toBe("2");
  expect(view.metrics.get("__proto__")!.series.length).toBe(60);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test("a Hydra configuration that is none stays a file", async () => {
  writeFileSync(join(run, "artifacts/.hydra/config.yaml"), "a: [1\nb: &x [*x, *x]\n");
  const { view } = await read();
  expect([...view.params.keys()].sort()).toEqual(["lines", "long", "lr", "opt/name"]);
  expect(view.artifacts.has(".hydra/config.yaml")).toBe(true);
});

test("a folder that moved gives the same runs, and files say where they lie", async () => {
  const moved = join(copy.folder, "moved");
  renameSync(join(copy.folder, "mlruns"), moved);
  const before = digestOf(moved);
  let files = 0;
  for await (const journal of mlruns.source(moved).runs()) {
    for (const { file } of (await fold(journal)).artifacts.values()) {
      const from = await journal.locate(file);
      expect(from.startsWith(`${moved}/`)).toBe(true);
      expect(Buffer.from(await bytesOf(journal.open(file)))).toEqual(readFileSync(from));
      files++;
    }
  }
  expect(files).toBe(4);
  expect(digestOf(moved)).toBe(before);
});
