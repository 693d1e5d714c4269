import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import { isRunferryError } from "@runferry/core";
import { openStore, ownIdentity } from "@runferry/local";
import { expect, test } from "vitest";
import { deadIdentity, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

/** A run whose lock is held by the given process. */
function lockedBy(identity: object) {
  const folder = temporary();
  const { run, writer } = openStore(folder).createRun({ experiment: "lock" });
  const lock = `${run.folder}/journal/main.lock`;
  const holder = readFileSync(lock, "utf8");
  writer.closeNow();
  writeFileSync(lock, JSON.stringify({ ...JSON.parse(holder), ...identity }));
  const open = (takeOver = false) => {
    try {
      const opened = openStore(folder).run(run.id).writer("main", { takeOver });
      opened.closeNow();
      return "opened";
    } catch (cause) {
      return isRunferryError(cause) ? `${cause.code}: ${cause.message}` : String(cause);
    }
  };
  const age = (minutes: number) => {
    const then = new Date(Date.now() - minutes * 60_000);
    utimesSync(lock, then, then);
  };
  const status = () => openStore(folder).list()[0]?.status;
  return { open, age, status };
}

test("a lock names host, boot, process and its start", () => {
  const { run, writer } = openStore(temporary()).createRun({ experiment: "lock" });
  expect(JSON.parse(readFileSync(`${run.folder}/journal/main.lock`, "utf8"))).toEqual(ownIdentity());
  writer.closeNow();
});

test("a living process of this host is never taken over from, however old its heartbeat", () => {
  const { open, age, status } = lockedBy({});
  age(60);
  expect(open()).toContain(`locked: stream main of run`);
  expect(open()).toContain(`by process ${process.pid}`);
  expect(open(true)).toContain("locked");
  expect(status()).toBe("running");
});

test("a dead process is taken over from: by pid, by start time, by boot", () => {
  const own = ownIdentity();
  for (const dead of [deadIdentity(), { ...own, startTime: "1" }, { ...own, bootId: "another" }]) {
    const { open, status } = lockedBy(dead);
    expect(status()).toBe("killed");
    expect(open()).toBe("opened");
  }
});

test("another host is taken over from when its heartbeat stood still for minutes, or on demand", () => {
  for (const elsewhere of [{ host: "far" }, { pidNamespace: "pid:[1]" }]) {
    const { open, age, status } = lockedBy({ ...elsewhere, pid: 4_194_303 });
    age(2);
    expect(open()).toContain("locked");
    expect(status()).toBe("running");
    age(6);
    expect(status()).toBe("killed");
    expect(open()).toBe("opened");
    expect(lockedBy(elsewhere).open(true)).toBe("opened");
  }
});

test("a lock that cannot be read is judged by its heartbeat", () => {
  const { run, writer } = openStore(temporary()).createRun({ experiment: "lock" });
  writer.closeNow();
  writeFileSync(`${run.folder}/journal/main.lock`, '{"host":');
  expect(() => run.writer()).toThrow("by another process");
  run.writer("main", { takeOver: true }).closeNow();
});

test("a process that died while it took a lock over is no obstacle", () => {
  const folder = temporary();
  const { run } = openStore(folder, { identity: deadIdentity() }).createRun({ experiment: "lock" });
  writeFileSync(`${run.folder}/journal/main.lock.breaking`, JSON.stringify(deadIdentity()));
  openStore(folder).run(run.id).writer().closeNow();
});
