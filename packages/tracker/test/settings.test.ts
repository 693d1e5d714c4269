import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openStore } from "@runferry/local";
import { startRun, type TrackerOptions } from "@runferry/tracker";
import { describe, expect, it } from "vitest";
import { onlyRun, shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

function folderWith(yaml: string): string {
  const folder = temporary();
  writeFileSync(join(folder, "runferry.yaml"), yaml);
  return folder;
}

describe("where the store is", () => {
  it("is ./runferry, or the nearest store above", () => {
    const folder = temporary();
    const deep = join(folder, "a/b");
    mkdirSync(join(deep, "runferry"), { recursive: true }); // a folder that happens to be called so is no store
    expect(shopIn(folder).tracker.dir).toBe(join(folder, "runferry"));
    expect(shopIn(deep).tracker.dir).toBe(join(folder, "runferry"));
  });

  it("is said by the option before the environment before runferry.yaml", () => {
    const folder = folderWith("dir: ./from-file\n");
    mkdirSync(join(folder, "deep"));
    const environment = { RUNFERRY_DIR: "from-environment" };
    expect(shopIn(join(folder, "deep")).tracker.dir).toBe(join(folder, "from-file"));
    expect(shopIn(folder, {}, { environment }).tracker.dir).toBe(join(folder, "from-environment"));
    expect(shopIn(folder, { dir: "from-option" }, { environment }).tracker.dir).toBe(join(folder, "from-option"));
  });

  it("is never a folder with other files", () => {
    const folder = temporary();
    writeFileSync(join(folder, "mine.txt"), "");
    expect(() => shopIn(folder, { dir: folder })).toThrow(expect.objectContaining({ code: "bad_option" }));
    expect(readdirSync(folder)).toEqual(["mine.txt"]);
  });

  it("is never a folder of the kernel, in which Node would wait for ever", () => {
    const folder = temporary();
    expect(() => shopIn(folder, { dir: "/proc/runs" }).tracker.startRun()).toThrow(
      expect.objectContaining({ code: "bad_option" }),
    );
    const places = { dir: folder, backend: ["tensorboard:/proc/tb"] };
    expect(() => shopIn(folder, places).tracker.startRun()).toThrow(expect.objectContaining({ code: "bad_option" }));
  });
});

it("MLflow's own variable names the experiment where MLflow is among the places and nothing else says", () => {
  const environment = { MLFLOW_EXPERIMENT_NAME: "theirs", MLFLOW_TRACKING_URI: "http://127.0.0.1:9" };
  const folder = temporary();
  expect(shopIn(folder, { backend: "mlflow", dir: folder }, { environment }).tracker.experiment).toBe("theirs");
  expect(shopIn(folder, { dir: folder }, { environment }).tracker.experiment).toBe("default");
  expect(shopIn(folder, { backend: "mlflow", experiment: "e", dir: folder }, { environment }).tracker.experiment).toBe(
    "e",
  );
});

it("MLflow's own variable for the id of an experiment is a part of the place, which a run remembers", async () => {
  const environment = {
    MLFLOW_EXPERIMENT_ID: "12",
    MLFLOW_TRACKING_URI: "http://127.0.0.1:9",
    RUNFERRY_DELIVERY: "off",
  };
  async function placesOf(options: TrackerOptions, more: { readonly [name: string]: string } = {}) {
    const folder = temporary();
    const { tracker } = shopIn(folder, { dir: folder, ...options }, { environment: { ...environment, ...more } });
    const run = tracker.startRun();
    await run.end();
    return openStore(folder).deliveries.places(run.id);
  }
  expect(await placesOf({ backend: "mlflow" })).toEqual(["mlflow:http://127.0.0.1:9/#/experiments/12"]);
  const other = "mlflow:http://127.0.0.1:8/#/experiments/3";
  expect(await placesOf({ backend: [other] })).toEqual([other]);
  expect(await placesOf({ backend: "mlflow", experiment: "e" })).toEqual(["mlflow:http://127.0.0.1:9"]);
  expect(await placesOf({ backend: "mlflow" }, { MLFLOW_EXPERIMENT_NAME: "n" })).toEqual(["mlflow:http://127.0.0.1:9"]);
});

it("options go over the environment, and that over the file; tags of all three are kept", async () => {
  const folder = folderWith("experiment: file\ntags: { a: file, b: file, c: 1.0 }\nbackend: local\n");
  const environment = {
    RUNFERRY_EXPERIMENT: "environment",
    RUNFERRY_TAGS: "b=environment, d=x=y",
    RUNFERRY_RUN_NAME: "named",
    RUNFERRY_GROUP: "sweep",
  };
  expect(shopIn(folder).tracker.experiment).toBe("file");
  const { tracker } = shopIn(folder, { tags: { e: 1 } }, { environment });
  await tracker.startRun({ tags: { d: "option" } }).end();
  const { started, tags } = onlyRun(tracker.dir);
  expect(started).toMatchObject({ experiment: "environment", name: "named", group: "sweep" });
  expect(tags).toEqual({ a: "file", b: "environment", c: "1.0", d: "option", e: "1" });
  expect(shopIn(folder, { experiment: "option" }, { environment }).tracker.experiment).toBe("option");
});

it("RUNFERRY_RUN_ID and RUNFERRY_RESUME go on with a run", async () => {
  const folder = temporary();
  const first = shopIn(folder).tracker.startRun();
  await first.end();
  const environment = { RUNFERRY_RUN_ID: first.id, RUNFERRY_RESUME: "must" };
  const again = shopIn(folder, {}, { environment }).tracker.startRun();
  expect([again.id, again.name]).toEqual([first.id, first.name]);
  await again.end();
});

it("says where a run is and how it ended, unless it is to be quiet", async () => {
  const folder = temporary();
  const loud = shopIn(folder);
  await loud.tracker.startRun({ experiment: "ctr" }).end();
  expect(loud.said).toEqual([
    "ctr/run_001 → ./runferry",
    expect.stringMatching(/^ctr\/run_001 finished in 0\.\ds · npx runferry show ctr\/run_001( --dir \S+)?$/),
  ]);
  const odd = shopIn(folder, { dir: join(folder, "my runs") });
  await odd.tracker.startRun({ experiment: "it's $HOME; rm -rf", name: "a b" }).end();
  expect(odd.said.at(-1)).toMatch(/npx runferry show 'it'\\''s \$HOME; rm -rf\/a b' --dir '\S*my runs'$/);
  const dashed = odd.tracker.startRun({ experiment: "-x" });
  await dashed.end();
  expect(odd.said.at(-1)).toContain(`npx runferry show ${dashed.id} --dir`);
  for (const shop of [shopIn(folder, { quiet: true }), shopIn(folder, {}, { environment: { RUNFERRY_QUIET: "1" } })]) {
    const run = shop.tracker.startRun();
    run.log({ loss: "text" });
    await run.end();
    expect(shop.said).toEqual([]);
  }
});

describe("what is wrong is said before the training", () => {
  it.each([
    [{ experimnet: "x" }, "Tracker has no option experimnet (did you mean experiment?)"],
    [{ experiment: 3 }, "the option experiment of Tracker must be text"],
    [{ backend: { kind: "mlflow" } }, "the option backend of Tracker must be text"],
    [{ tags: { a: [1] } }, 'the option tags of Tracker has the tag "a"'],
    [{ mode: "off" }, 'the option mode of Tracker must be one of "online"'],
    [{ durability: "none" }, "the option durability of Tracker must be one of"],
    [{ backend: "mlfow" }, 'there is no kind of place "mlfow" (did you mean mlflow?)'],
    [{ backend: "both" }, "no MLflow server is named"],
    [{ backend: "tensorboard" }, "the place tensorboard does not say which folder"],
    [{ backend: ["local", "csv:./runferry/csv"] }, "lies in the store"],
    [{ backend: "local:./runferry" }, "lies in the store"],
    [{ backend: "tensorboard:./runferry/tb" }, "lies in the store"],
    [{ onLag: 3 }, "the option onLag of Tracker must be a function"],
  ])("%j", (options, message) => {
    const folder = temporary();
    expect(() => shopIn(folder, options as never)).toThrow(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([
    [{ nam: "x" }, "startRun has no option nam (did you mean name?)"],
    [{ params: 3 }, "the option params of startRun must be an object"],
    [{ id: "run_001" }, "the option id of startRun must be 26 characters"],
    [{ resume: "yes" }, "the option resume of startRun must be one of"],
    [{ parent: {} }, "the option parent of startRun must be a run or the id of one"],
  ])("startRun(%j)", (options, message) => {
    expect(() => startRun({ quiet: true, ...options } as never, { cwd: temporary(), environment: {} })).toThrow(
      message,
    );
  });

  it.each([
    [{ RUNFERRY_MODE: "of" }, 'RUNFERRY_MODE is "of"'],
    [{ RUNFERRY_TAGS: "a" }, 'RUNFERRY_TAGS has "a", which is no name=value'],
    [{ RUNFERRY_RUN_ID: "x" }, "RUNFERRY_RUN_ID is no run id"],
    [{ RUNFERRY_RESUME: "perhaps" }, 'RUNFERRY_RESUME is "perhaps"'],
    [{ RUNFERRY_BACKEND: "local,mlflow" }, "no MLflow server is named"],
    [{ RUNFERRY_DELIVERY: "later" }, 'RUNFERRY_DELIVERY is "later"'],
  ])("%j", (environment, message) => {
    expect(() => shopIn(temporary(), {}, { environment })).toThrow(message);
  });

  it.each([
    ["experiment: a\nexperimnet: b\n", '2: there is no setting "experimnet" (did you mean experiment?)'],
    ["experiment:\n  - a\n", "1: experiment must be text"],
    ["\nplaces:\n  lab: mlflow:http://u:p@host\n", "3: the address of a place of kind mlflow holds credentials"],
    [
      "places:\n  lab: mlflow:http://ml.lab\nbackend:\n  - lab2\n",
      '3: there is no kind of place "lab2" (did you mean lab?)',
    ],
    ["- a\n", "1: the file must be a list of names with values"],
    ["tags: [a]\n", "1: tags must be"],
    ["a: b: c\n", "1: "],
  ])("runferry.yaml %j", (yaml, message) => {
    const folder = folderWith(yaml);
    expect(() => shopIn(folder)).toThrow(`${join(folder, "runferry.yaml")}:${message}`);
  });
});

it("RUNFERRY_MODE=disabled makes every call a no-op", async () => {
  const folder = folderWith("nonsense: true\n");
  const { tracker, said } = shopIn(folder, { backend: "mlflow" }, { environment: { RUNFERRY_MODE: "disabled" } });
  const listeners = process.listenerCount("exit");
  const result = await tracker.run({ name: "n", params: { lr: 1 } }, async (run) => {
    run.log({ loss: 1, text: "x" }, 1.5);
    run.logParams({ a: 1 });
    run.setTags({ a: 1 });
    run.logEpisode({ reward: [1] });
    run.alert("a");
    run.setStatus("failed");
    expect(await run.logArtifact("missing", "name")).toEqual({ status: "skipped", name: "name" });
    expect(await run.logCheckpoint(Buffer.from("w"), { step: 1 })).toMatchObject({ status: "skipped" });
    expect(await run.logArtifacts("missing")).toEqual([]);
    await run.flush();
    return [run.name, run.id.length, run.troubles];
  });
  expect(result).toEqual(["n", 26, []]);
  expect(process.listenerCount("exit")).toBe(listeners);
  expect(tracker.resumeRun("0".repeat(26)).id).toBe("0".repeat(26));
  expect(tracker.joinRun("0".repeat(26), { stream: "a" }).isEnded).toBe(false);
  expect(said).toEqual([]);
  expect(readdirSync(folder)).toEqual(["runferry.yaml"]);
});

it("RUNFERRY_MODE=offline logs to the store as ever", async () => {
  const { tracker } = shopIn(temporary(), {}, { environment: { RUNFERRY_MODE: "offline" } });
  await tracker.startRun().end();
  expect(existsSync(tracker.dir)).toBe(true);
  expect(openStore(tracker.dir).list()).toHaveLength(1);
});
