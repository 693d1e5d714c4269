import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeExperiments } from "../../examples/rings/experiments.ts";
import { repository } from "../bundled-node.mjs";
import { runNode } from "../run-program.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "runferry-start-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const kept = join(repository, "examples/experiments");

test("the runs that npm start moves are what their program writes, byte for byte", () => {
  const made = join(folder, "experiments");
  writeExperiments(made);
  const filesOf = (root: string) =>
    globSync("**", { cwd: root })
      .filter((path) => statSync(join(root, path)).isFile())
      .sort();
  expect(filesOf(made)).toEqual(filesOf(kept));
  const all = filesOf(made).map((path) => [readFileSync(join(made, path)), readFileSync(join(kept, path))] as const);
  for (const [left, right] of all) expect(left.equals(right)).toBe(true);
  expect(all.reduce((sum, [bytes]) => sum + bytes.length, 0)).toBeLessThan(1_500_000);
});

test("npm start moves them, proves it, and finds nothing to do the second time", async () => {
  const program = join(folder, "demonstrate.mjs");
  const start = `import { demonstrate } from ${JSON.stringify(join(repository, "tools/demonstrate.ts"))};
    process.exitCode = (await demonstrate(process.cwd())) ? 0 : 1;`;
  writeFileSync(program, start);
  const environment = { MLFLOW_TRACKING_URI: "", RUNFERRY_DIR: join(folder, "runferry") };
  const first = await runNode(program, [], { directory: folder, environment, quiet: true });
  expect(first.ok, first.output).toBe(true);
  expect(first.output).toMatch(/^tensorboard:demo\/tensorboard\s+36\s+–\s+–\s+36\s+–$/m);
  expect(first.output).toMatch(/^wandb-offline:demo\/wandb\s+36\s+–\s+–\s+36\s+–$/m);
  expect(existsSync(join(folder, "demo/tensorboard"))).toBe(true);
  const again = await runNode(program, [], { directory: folder, environment, quiet: true });
  expect(again.ok, again.output).toBe(true);
  expect(again.output).toContain("nothing was sent: everything was there");
}, 120_000);
