import { execFileSync } from "node:child_process";
import { openDestination, parsePlace, resolvePlace } from "@runferry/tracker";
import { expect, it } from "vitest";

const cwd = "/somewhere";

it.each([
  ["mlflow", "HTTP://ML.Lab:80/", "http://ml.lab"],
  ["mlflow", "https://kim:pa55word@ml.lab/base//?x=1#y", "https://ml.lab/base"],
  ["mlflow:http://ml.lab:5000/", "http://other", "http://ml.lab:5000"],
  ["tensorboard:tb/../tb", undefined, "/somewhere/tb"],
  ["local:/data/copy/", undefined, "/data/copy"],
  ["csv:out", undefined, "/somewhere/out"],
  ["parquet:./lake/", undefined, "/somewhere/lake"],
])("%s where MLFLOW_TRACKING_URI is %s means %s, and goes on meaning it elsewhere", async (text, uri, address) => {
  const here = { cwd, env: { MLFLOW_TRACKING_URI: uri } };
  const place = resolvePlace(parsePlace(text), here);
  expect(place.address).toBe(address);
  expect(resolvePlace(place, { cwd: "/elsewhere", env: { MLFLOW_TRACKING_URI: "http://elsewhere" } })).toEqual(place);
  const { backend, name } = await openDestination(parsePlace(text), cwd, here.env);
  expect(backend.address).toBe(address);
  expect(name).not.toContain("pa55word");
  await backend.close();
});

const noFiles = { HOME: "/nowhere", WANDB_CONFIG_DIR: "/nowhere", WANDB_API_KEY: "0".repeat(40) };

it.each([
  ["wandb:team/ctr", {}, "https://api.forge.coreweave.com/team/ctr"],
  ["wandb:ctr", {}, "https://api.forge.coreweave.com//ctr"],
  ["wandb:ctr", { WANDB_ENTITY: "team" }, "https://api.forge.coreweave.com/team/ctr"],
  ["wandb", { WANDB_ENTITY: "team" }, "https://api.forge.coreweave.com/team/"],
  ["wandb", { WANDB_BASE_URL: "http://127.0.0.1:8080/wandb/" }, "http://127.0.0.1:8080/wandb//"],
  ["wandb", { WANDB_ENTITY: "team", WANDB_PROJECT: "click rate" }, "https://api.forge.coreweave.com/team/click%20rate"],
  ["wandb:team/ctr", { WANDB_ENTITY: "x", WANDB_PROJECT: "y" }, "https://api.forge.coreweave.com/team/ctr"],
  ["wandb:https://lab.example/team/ctr", { WANDB_BASE_URL: "http://x" }, "https://lab.example/team/ctr"],
  ["wandb:https://lab.example", {}, "https://lab.example//"],
  ["wandb:https://lab.example//ctr", { WANDB_ENTITY: "x" }, "https://lab.example//ctr"],
])("%s with %j means %s, and goes on meaning it elsewhere", async (text, env, address) => {
  const place = resolvePlace(parsePlace(text), { cwd, env: { ...noFiles, ...env } });
  expect(place.address).toBe(address);
  const elsewhere = { ...noFiles, WANDB_BASE_URL: "http://else", WANDB_ENTITY: "where", WANDB_PROJECT: "else" };
  const remembered = parsePlace(`wandb:${address}`);
  expect(resolvePlace(remembered, { cwd, env: elsewhere }).address).toBe(address);
  const { backend } = await openDestination(remembered, cwd, elsewhere);
  expect(backend.address).toBe(address);
  await backend.close();
  const { backend: here } = await openDestination(parsePlace(text), cwd, { ...noFiles, ...env });
  expect(here.address).toBe(address);
  await here.close();
});

it("a place without an address that nothing names is an error", () => {
  for (const [text, remedy] of [
    ["mlflow", "MLFLOW_TRACKING_URI"],
    ["tensorboard", "tensorboard:./tensorboard"],
    ["parquet", "parquet:./parquet"],
  ] as const) {
    expect(() => resolvePlace(parsePlace(text), { cwd, env: {} })).toThrow(
      expect.objectContaining({ code: "bad_option", hint: expect.stringContaining(remedy) }),
    );
  }
});

it("whoever names no server does not pay for its client", () => {
  const loaded = (code: string): string =>
    execFileSync(process.execPath, ["--input-type=module", "--eval", code], {
      encoding: "utf8",
      cwd: import.meta.dirname,
    });
  const watch = `
    import { registerHooks } from "node:module";
    const urls = [];
    registerHooks({ load(url, context, next) { urls.push(url); return next(url, context); } });
    const { openDestination, parsePlace } = await import("@runferry/tracker");`;
  const tell = "console.log(urls.filter((url) => /axios|mlflow/.test(url)).join());";
  expect(loaded(`${watch} parsePlace("mlflow"); await openDestination(parsePlace("tensorboard:tb")); ${tell}`)).toBe(
    "\n",
  );
  expect(loaded(`${watch} parsePlace("mlflow:http://ml.lab"); ${tell}`)).not.toContain("axios");
  expect(loaded(`${watch} await openDestination(parsePlace("mlflow:http://ml.lab")); ${tell}`)).toContain("axios");
});
