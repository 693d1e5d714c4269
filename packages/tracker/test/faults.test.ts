import { readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeFileSystem } from "@runferry/local";
import { createFaultFs, type Fault } from "@runferry/testkit";
import { describe, expect, it } from "vitest";
import { image } from "../src/media-values.ts";
import { endOf, eventsOf, only, onlyRun, shopIn, startChild, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

describe("a disk that is full in the middle of a run", () => {
  it("and free again: the training goes on, and the journal tells of the loss", async () => {
    const folder = temporary();
    const { code, stdout, stderr } = await endOf(startChild("full-disk", folder, ["for a while"]));
    expect([code, stdout]).toEqual([0, "trained 100\n"]);
    expect(stderr.match(/ENOSPC/g)).toHaveLength(1);
    const dir = join(folder, "runferry");
    const events = await eventsOf(dir, onlyRun(dir).id);
    expect(only(events, "metrics.logged")).toHaveLength(10 + 40);
    const lost = only(events, "events.lost");
    expect(lost).toMatchObject([{ count: 51, reason: expect.stringContaining("ENOSPC") }]);
    expect(onlyRun(dir)).toMatchObject({ status: "finished", metrics: { loss: { count: 50 } } });
  });

  it("when the run is ended, and free when the process ends: the end is told then", async () => {
    const folder = temporary();
    const { code } = await endOf(startChild("full-disk", folder, ["and ended too early"]));
    expect(code).toBe(0);
    const dir = join(folder, "runferry");
    expect(onlyRun(dir)).toMatchObject({ status: "finished", metrics: { loss: { count: 10 } } });
    const lost = only(await eventsOf(dir, onlyRun(dir).id), "events.lost");
    expect(lost).toMatchObject([{ count: 92 }]); // 90 losses, a note, and the first try of the end
  });

  it.each(["for good", "and ended"])(
    "%s: exit code and output stay as they are, and the run looks cut short",
    async (way) => {
      const folder = temporary();
      const { code, stdout, stderr } = await endOf(startChild("full-disk", folder, [way]));
      expect([code, stdout]).toEqual([0, "trained 100\n"]);
      expect(stderr).toContain("make room on that disk");
      expect(stderr).toContain("not written: lost ×");
      const dir = join(folder, "runferry");
      expect(onlyRun(dir)).toMatchObject({ status: "killed", metrics: { loss: { last: 0.1 } } });
    },
  );
});

const faults: readonly Fault[] = [
  { call: "writeSync", code: "EIO" },
  { call: "write", code: "ENOSPC" },
  { call: "openSync", code: "EMFILE" },
  { call: "renameSync", code: "EROFS" },
  { call: "mkdirSync", code: "EACCES" },
  { call: "copyFileSync", code: "EIO" },
  { call: "fdatasyncSync", code: "EIO" },
  { call: "unlinkSync", code: "EPERM" },
];

it.each(faults)("no method throws or rejects under $call $code that stays", async (fault) => {
  const folder = temporary();
  const faulty = createFaultFs(nodeFileSystem);
  const { tracker } = shopIn(folder, {}, { fileSystem: faulty.fileSystem });
  const run = tracker.startRun();
  run.log({ loss: 1 }, 0);
  faulty.add({ ...fault, times: Number.POSITIVE_INFINITY });
  run.log({ loss: 1 }, 1);
  run.log({ picture: image(Buffer.from("no picture")) }, 1);
  run.logParams({ lr: 1 });
  run.setTags({ a: "b" });
  const handles = await Promise.all([
    run.logArtifact(import.meta.filename),
    run.logArtifact(Buffer.from("bytes"), "bytes.bin"),
    run.logArtifacts(import.meta.dirname).then((files) => files[0]!),
    run.logJson({ a: 1 }, "a.json"),
    run.logModel(import.meta.filename),
    run.logCheckpoint(Buffer.from("weights"), { step: 1 }),
  ]);
  await run.flush();
  await run.end();
  faulty.heal();
  const isStruck = faulty.struck.size > 0;
  expect(isStruck).toBe(true);
  const known = (await eventsOf(tracker.dir, run.id)).length;
  expect(known).toBeGreaterThanOrEqual(2);
  if (handles.some(({ status }) => status === "lost"))
    expect(run.troubles.some(({ kind }) => kind === "lost")).toBe(true);
  expect(() => readFileSync(join(run.dir, "journal", "main.ndjson"))).not.toThrow();
});

it("a store that cannot be used throws before the training, and says what to do", () => {
  const faulty = createFaultFs(nodeFileSystem);
  faulty.add({ call: "mkdirSync", code: "EROFS" });
  expect(() => shopIn(temporary(), {}, { fileSystem: faulty.fileSystem })).toThrow(
    expect.objectContaining({ code: "unavailable", hint: expect.stringContaining("RUNFERRY_DIR") }),
  );
});
