import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeFolder } from "@runferry/testkit";
import { afterAll, describe, expect, test, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });

const repository = join(import.meta.dirname, "../../..");
// Inside the repository, where the packages are found by name.
const scratch = join(repository, ".scratch", `mlflow-documents-${process.pid}`);
afterAll(() => removeFolder(scratch));

const block = /(<!-- with an MLflow server -->\n\n)?```ts\n([\s\S]*?)\n```/g;

// What needs no server is held by the tests of all documents; here it only prepares what follows.
describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("examples that need a server", () => {
  const server = borrowMlflow();

  test.each(["docs/coming-from/mlflow-logger.md", "packages/mlflow/README.md"])("%s", (path) => {
    const folder = join(scratch, path.replaceAll(/\W/g, "-"));
    mkdirSync(folder, { recursive: true });
    const env = {
      ...process.env,
      RUNFERRY_DIR: join(folder, "runferry"),
      MLFLOW_TRACKING_URI: server().url,
    };
    let tried = 0;
    for (const [, needed, code] of readFileSync(join(repository, path), "utf8").matchAll(block)) {
      const file = join(folder, `example-${tried++}.ts`);
      writeFileSync(file, code!);
      const printed = execFileSync(process.execPath, [file], { encoding: "utf8", cwd: folder, env, stdio: "pipe" });
      const told = [...code!.matchAll(/^.*console\.log\(.*; \/\/ (.*)$/gm)].map(([, line]) => line);
      expect(printed.trimEnd().split("\n")).toEqual(told);
      if (needed === undefined) continue;
      expect(told.length).toBeGreaterThan(0);
    }
    expect(tried).toBeGreaterThan(0);
  });
});
