import { spawn } from "node:child_process";
import { once } from "node:events";
import { globSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getRun, startRun } from "@runferry/tracker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { textWidth } from "../src/output/text-width.ts";
import { program, runferryIn } from "./workshop.ts";

let folder: string;
let dir: string;
const runferry = (words: readonly string[], env?: NodeJS.ProcessEnv) => runferryIn(folder, words, env);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runferry-screens-"));
  dir = join(folder, "runferry");
  for (const password of ["hunter2hunter2", "other-hunter2"]) {
    const run = startRun({ dir, experiment: "ctr", params: { lr: 0.1, db: { password } }, quiet: true });
    run.setTags({ api_key: "abcd1234hunter2", team: "ml" });
    for (let step = 0; step < 12345; step += 5) run.log({ loss: 1 / (step + 1) }, step);
    await run.logArtifact(`/nowhere/${"very-long-name-".repeat(200)}`);
    await run.fail(new Error("cannot open https://user:hunter2hunter2@h.example/"));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("no command prints a secret, and code still reads it", async () => {
  for (const words of [["show", "run_001"], ["ls"], ["show", "run_001", "--json"], ["ls", "--json"]]) {
    const { code, stdout } = await runferry(words);
    expect(code).toBe(0);
    expect(stdout, words.join(" ")).not.toContain("hunter2");
  }
  expect((await runferry(["show", "run_001"])).stdout).toMatch(/^api_key\s+\*\*\*$/m);
  const run = getRun("run_001", { dir });
  expect(run.tags.api_key).toBe("abcd1234hunter2");
  expect(run.params.db).toMatchObject({ password: "hunter2hunter2" });
});

test.each([28, 32, 40])("in %i columns the count of points is there, whole", async (columns) => {
  const { stdout } = await runferry(["show", "run_001"], { COLUMNS: String(columns) });
  expect(stdout).toMatch(/^metrics .*points/m);
  expect(stdout).toMatch(/^loss .* 2469/m);
  for (const line of stdout.split("\n").filter((one) => /^(metrics|loss)/.test(one))) {
    expect(textWidth(line)).toBeLessThanOrEqual(columns);
  }
});

test("reasons that are long are cut on a screen, and whole in JSON", async () => {
  const { code, stdout } = await runferry(["export", "run_001", "--to", "tensorboard:cut"]);
  expect(code).toBe(1); // what the run has lost itself asks for consent
  expect(stdout).toMatch(/1 lost: artifact very-long-name-.*…/);
  for (const line of stdout.split("\n")) expect(line.length).toBeLessThan(300);
  const shown = (await runferry(["show", "run_001"])).stdout.split("\n").filter((line) => line.includes("lost: "));
  expect(shown).toHaveLength(1);
  expect(shown[0]!.length).toBeLessThan(300);
  for (const words of [
    ["export", "run_001", "--to", "tensorboard:cut"],
    ["show", "run_001"],
  ]) {
    expect((await runferry([...words, "--json"])).stdout).toContain("very-long-name-".repeat(200));
  }
});

test("an export whose remarks nobody reads goes on to its end, and its exit code is true", async () => {
  // The first place lets wait until a line of progress is due, and then lets nobody in.
  const server = createServer((_request, answer) => {
    setTimeout(() => answer.writeHead(401).end(), 5200);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const mlflow = `mlflow:http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const words = ["export", "--to", mlflow, "--to", "tensorboard:unread"];
  const child = spawn(process.execPath, [program, ...words], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.destroy();
  let stdout = "";
  child.stdout.on("data", (text: Buffer) => {
    stdout += text;
  });
  const [code] = (await once(child, "close")) as [number];
  server.close();
  expect(code).toBe(1);
  expect(stdout).toMatch(/^tensorboard:unread\s+2\s/m);
  expect(globSync("unread/**/*tfevents*", { cwd: folder })).toHaveLength(2);
}, 20_000);

describe("runferry forget", () => {
  test("lets an export begin anew, and touches nothing else", async () => {
    const exported = () => runferry(["export", "ctr", "--to", "tensorboard:tb", "--accept-loss"]);
    expect((await exported()).code).toBe(0);
    rmSync(join(folder, "tb"), { recursive: true });
    const gone = await exported();
    expect(gone.stdout + gone.stderr).not.toContain("hunter2");
    expect((await runferry(["verify", "--to", "tensorboard:tb"])).code).toBe(1);
    const forgotten = await runferry(["forget", "ctr", "--to", "tensorboard:tb"]);
    expect(forgotten).toMatchObject({ code: 0, stderr: expect.stringContaining("2 deliveries forgotten") });
    expect(forgotten.stdout.split("\n").sort()).toEqual([
      "",
      "ctr/run_001  tensorboard:tb",
      "ctr/run_002  tensorboard:tb",
    ]);
    expect((await exported()).code).toBe(0);
    expect((await runferry(["verify", "--to", "tensorboard:tb", "--accept-loss"])).code).toBe(0);
    const again = await runferry(["forget", "run_001", "--to", "tensorboard:never", "--json"]);
    expect(again).toMatchObject({ code: 0, stdout: "[]\n", stderr: expect.stringContaining("nothing was known") });
  });

  test("names no run by itself", async () => {
    expect(await runferry(["forget", "--to", "tensorboard:tb"])).toMatchObject({ code: 2, stdout: "" });
    expect(await runferry(["forget", "ctr"])).toMatchObject({ code: 2, stdout: "" });
  });
});
