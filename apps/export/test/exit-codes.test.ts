import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { openStore } from "@runferry/local";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { program, runferryIn } from "./workshop.ts";

const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-codes-"));
  writeFileSync(join(folder, "package.json"), "{}");
  for (const name of ["lab", "damaged"]) cpSync(join(fixtures, "lab"), join(folder, name), { recursive: true });
  writeFileSync(join(folder, "damaged/runs/run_002/params.json"), '{"lr": 0.1, "broken');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codeOf = async (...words: readonly string[]) => (await runferryIn(folder, words)).code;

test("0: everything is there, and again", async () => {
  const line = ["migrate", "lab", "--to", "tensorboard:tb", "--to", "local:copy"];
  for (const words of [line, line, ["verify", "--to", "tensorboard:tb"], ["sync"], ["import", "lab"]]) {
    expect(await codeOf(...words), words.join(" ")).toBe(0);
  }
});

test("1: something is lost or refused, and nobody has agreed to it", async () => {
  const own = ["--dir", "lossy"];
  expect(await codeOf("import", "damaged", ...own)).toBe(1);
  expect(await codeOf("migrate", "damaged", "--to", "local:second", ...own)).toBe(1);
  expect(await codeOf("verify", "--to", "tensorboard:nowhere", ...own)).toBe(1); // missing
});

test("0 again where losses were agreed to, and they are told all the same", async () => {
  const own = ["--dir", "agreed", "--accept-loss"];
  const imported = await runferryIn(folder, ["import", "damaged", ...own]);
  expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining("the file breaks off") });
  expect(await codeOf("migrate", "damaged", "--to", "local:third", ...own)).toBe(0);
});

test("what a journal has lost is told by plan, export and verify, and asks for consent, too", async () => {
  const { run, writer } = openStore(join(folder, "torn")).createRun({ experiment: "e" });
  for (let step = 0; step < 9; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  writer.append({ kind: "events.lost", count: 2, reason: "not written", where: "the disk was full" });
  writer.closeNow();
  const file = join(run.folder, "journal/main.ndjson");
  writeFileSync(file, readFileSync(file, "utf8").replace('"step":4', '"step":5'));
  for (const words of [
    ["plan", "torn", "--to", "local:torn-plan", "--dir", "torn-store"],
    ["export", "--to", "tensorboard:torn-tb", "--dir", "torn"],
    ["verify", "--to", "tensorboard:torn-tb", "--dir", "torn"],
    ["import", "torn", "--dir", "torn-store"],
    ["migrate", "torn", "--to", "local:torn-copy", "--dir", "torn-store"],
    ["sync", "--from", "torn", "--to", "local:torn-copy", "--dir", "torn-store"],
  ]) {
    const refused = await runferryIn(folder, words);
    expect(refused.code, `${words.join(" ")}\n${refused.stdout}${refused.stderr}`).toBe(1);
    expect(refused.stderr).toContain("where you agree to it, add --accept-loss");
    expect(refused.stderr).toMatch(/^[12] lost before: .*, e\.g\. .*; and 1 other kind of loss$/m);
    const agreed = await runferryIn(folder, [...words, "--accept-loss"]);
    expect(agreed.code, `${words.join(" ")}\n${agreed.stdout}${agreed.stderr}`).toBe(0);
    expect(agreed.stdout + agreed.stderr).toMatch(/not written.*the disk was full/);
  }
  const { stdout } = await runferryIn(folder, ["verify", "--to", "tensorboard:torn-tb", "--dir", "torn"]);
  expect(stdout).toMatch(/^ {2}1 lost, as counted: .*, e\.g\. journal\/main\.ndjson bytes/m);
  expect(stdout).toMatch(/^ {2}2 lost, as counted: not written, e\.g\. the disk was full$/m);
});

test("2: the command line makes no sense", async () => {
  for (const words of [["migrate", "lab"], ["plan", "lab", "--to", "nosuch:x"], ["export", "--too", "x"], ["nosuch"]]) {
    expect(await codeOf(...words), words.join(" ")).toBe(2);
  }
});

test("3: nothing could start", async () => {
  const away = "mlflow:http://127.0.0.1:9";
  for (const words of [
    ["plan", "nowhere", "--to", "local:x"],
    ["migrate", "nowhere", "--to", "local:x"],
    ["import", "nowhere"],
    ["export", "--to", "local:x", "--dir", "no-store"],
    ["sync", "--dir", "no-store"],
    ["export", "--to", away],
    ["verify", "--to", away],
  ]) {
    const { code, stdout, stderr } = await runferryIn(folder, words);
    expect(code, `${words.join(" ")}\n${stdout}${stderr}`).toBe(3);
    expect(stderr).toContain("what to do:");
  }
});

describe("130: Ctrl-C", () => {
  /** A server that never answers, and tells when it was asked. */
  async function silentServer() {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { place: `mlflow:http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
  }

  const beside = ["--to", "tensorboard:beside", "--to"];
  test.each([
    ["export", beside],
    ["migrate", ["lab", ...beside]],
    ["plan", ["lab", ...beside]],
    ["verify", beside],
    ["sync", ["--dir", "synced", "--to"]],
    ["import", ["--dir", "taken"]],
  ])("%s stops, says what state the data is in, and the same command goes on", async (command, words) => {
    if (command === "sync") expect(await codeOf("import", "lab", "--dir", "synced")).toBe(0);
    const { place, server } = await silentServer();
    const asked = once(server, "request");
    const line = [program, command, ...words, place];
    const child = spawn(process.execPath, line, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (part: Buffer) => (stderr += part));
    await asked;
    child.kill("SIGINT");
    const [code] = (await once(child, "close")) as [number | null];
    server.closeAllConnections();
    server.close();
    expect(code, stderr).toBe(130);
    expect(stderr).toMatch(/interrupted: nothing (is lost; the same command goes on|was changed|was written)/);
  });
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)(
  "an older Node starts a newer one, stays until that has ended, and hands %s on",
  async (signal, expected) => {
    const older = 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } })';
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    await once(server, "listening");
    const asked = once(server, "request");
    const place = `mlflow:http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const line = ["--import", `data:text/javascript,${older}`, program, "import", place, "--dir", "handed"];
    const child = spawn(process.execPath, line, { cwd: folder, stdio: "ignore", detached: true }); // away from any terminal
    const [request] = (await asked) as [IncomingMessage];
    let isWorking = true;
    const left = once(request.socket, "close").then(() => {
      isWorking = false;
    });
    child.kill(signal);
    const [code] = (await once(child, "exit")) as [number | null];
    await Promise.race([left, setTimeout(2000)]); // nobody holds the connection: the work has ended, too
    server.closeAllConnections();
    server.close();
    expect({ code, isWorking }).toEqual({ code: expected, isWorking: false });
  },
);

test("with --json the remarks are JSON too, and progress stands on stderr", async () => {
  const { stdout, stderr } = await runferryIn(folder, ["migrate", "lab", "--to", "local:json", "--dir", "j", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({ sources: [{ from: "lab" }] });
  const told = stderr
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; stage?: string; isOver?: boolean });
  expect(new Set(told.map(({ type }) => type))).toEqual(new Set(["progress", "note"]));
  const over = told.filter(({ isOver }) => isOver).map(({ stage }) => stage);
  expect(over).toEqual(["read", "deliver", "verify"]);
});

test("a report leads from every old id to where the run is now", async () => {
  const reports = join(folder, "agreed/reports");
  const names = readdirSync(reports);
  expect(names.map((name) => name.replace(/^[\d-]+/, "")).sort()).toEqual([".json", ".md", "created.json", "ids.csv"]);
  const csv = readFileSync(join(reports, names.find((name) => name.endsWith("ids.csv"))!), "utf8");
  const [head, ...rows] = csv.trimEnd().split("\n");
  expect(head).toBe("old_id,name,run_id,destination,remote_id,url,state");
  expect(rows).toHaveLength(3);
  for (const row of rows) expect(row).toMatch(/^run_00\d,\w+\/run_00\d,[0-9a-z]{26},local:third,.*,delivered$/);
});
