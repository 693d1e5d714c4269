import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { stillToCome } from "@runferry/tracker";
import { expect, it } from "vitest";
import { deliveryProcesses, scene, statusOf, until, untilArrived } from "./scene.ts";

const canary = "canary8f3e1c7a90b24d65";
const github = `ghp_${canary}${canary}`;
const secrets = [canary, github];

/** Every file below a folder, but for what the user's own words are kept in. */
function textsIn(folder: string, left: (path: string) => boolean): readonly (readonly [string, string])[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !left(path) && statSync(join(folder, path)).isFile())
    .map((path) => [path, readFileSync(join(folder, path), "latin1")] as const);
}

it("no secret leaves the journal: not to a place, nor to status, logs, cursors or command lines", async () => {
  const at = await scene();
  const params = {
    api_key: canary,
    nested: { password: canary, url: `https://user:${canary}@example.com/x?token=${canary}` },
    note: `export GITHUB_TOKEN=${github}`,
    num_tokens: 4096,
    tokenizer: "bert-base",
  };
  const environment = { MLFLOW_TRACKING_TOKEN: canary, AWS_SECRET_ACCESS_KEY: canary, TEST_API_KEY: canary };
  at.server.setLocked(true);
  const backend = [at.place, "tensorboard:tb"];
  const { child, said, ended } = at.start({ backend, steps: 100, way: "wait", params, loud: true }, environment);
  const run = await said("trained");
  await until(() => deliveryProcesses(at.folder).length === 1);
  await until(async () => (await statusOf(at, run))?.lastError !== undefined);
  const [pid] = deliveryProcesses(at.folder);
  expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).not.toContain(canary);
  const status = await statusOf(at, run);
  expect(JSON.stringify(status) + stillToCome(status!)).not.toContain(canary);
  at.server.setLocked(false);
  child.kill("SIGTERM");
  const { stdout, stderr } = await ended;
  await untilArrived(at, run);
  await untilArrived(at, run, "tensorboard");
  await until(() => deliveryProcesses(at.folder).length === 0);
  const isUsers = (path: string) => /^runferry\/runs\/[^/]+\/(journal|artifacts|media)\//.test(path);
  const written = [["output", stdout + stderr], ["server", at.server.dump()], ...textsIn(at.folder, isUsers)] as const;
  for (const [where, text] of written) for (const secret of secrets) expect(text, where).not.toContain(secret);
  expect(at.server.dump()).toContain("num_tokens");
  expect(at.server.dump()).toContain("bert-base");
});
