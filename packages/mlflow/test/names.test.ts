import { execFileSync } from "node:child_process";
import { type Json, stringifyJson } from "@runferry/core";
import { awkwardJson, awkwardPaths, awkwardTexts, collidingNames } from "@runferry/testkit";
import { expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { escapeAlias, escapeKey, escapeModelName, escapePath, escapeTag, escapeTitle } from "../src/names.ts";
import { pythonText } from "../src/python-text.ts";

const traps = [
  "a_x20_b",
  "a b",
  "a_x_",
  "_x",
  "_x6",
  "_x6\t",
  "_x6_x9_",
  "\u0006x9_",
  "a_xh_b",
  "a_xat_b",
  "coef_x1",
  "my_xgboost",
];
const names = [...collidingNames, ...awkwardPaths, ...awkwardTexts, ...traps];

test.each(
  Object.entries({
    escapeKey,
    escapeTag,
    escapePath,
    escapeModelName,
    escapeAlias,
    title: (name: string) => escapeTitle(name, 250),
  }),
)("%s never gives two names the same result, nor changes its own result", (_name, rule) => {
  const all = [...new Set(names)];
  expect(new Set(all.map(rule)).size).toBe(all.length);
  for (const name of all) expect([...rule(name)].length).toBeLessThanOrEqual(600);
});

test("ordinary names stay as they are", () => {
  for (const name of ["loss", "val/loss", "layer.0/weight_1", "coef_x1", "my_xgboost", "été", "a b", "a:b", "a-b"]) {
    expect(escapeKey(name)).toBe(name);
    expect(escapeTag(name)).toBe(name);
  }
  for (const path of ["model/weights.bin", "a b.txt", ".hidden", "MLmodel"]) expect(escapePath(path)).toBe(path);
  expect(escapeTag("mlflow.runName")).not.toBe("mlflow.runName");
  expect(escapeTag("runferry.run_id")).not.toBe("runferry.run_id");
});

test("Python's client takes every escaped name", (context) => {
  const { python } = needPeer(context, "mlflow");
  const script = `
import json, sys
from mlflow.utils.validation import _validate_metric_name, _validate_model_name, _validate_model_alias_name, _validate_logged_model_name
names = json.load(sys.stdin)
for n in names["keys"]: _validate_metric_name(n)
for n in names["models"]: _validate_model_name(n); _validate_logged_model_name(n)
for n in names["aliases"]: _validate_model_alias_name(n)
`;
  const input = JSON.stringify({
    keys: names.flatMap((name) => [escapeKey(name), escapeTag(name)]),
    models: names.map(escapeModelName),
    aliases: names.map(escapeAlias),
  });
  expect(execFileSync(python, ["-W", "ignore", "-c", script], { input }).toString()).toBe("");
});

test("values are spelled as Python's str() spells them", (context) => {
  const { python } = needPeer(context, "mlflow");
  const numbers = [
    0.1, 1e-5, 1e-4, 0.00012345, 123456.789, 1e15, 1.5e16, 1e22, 5e-324, 1.7976931348623157e308, -0.5, 1e-7,
  ];
  const values: Json[] = [
    ...Object.values(awkwardJson),
    ...numbers,
    ["it's", 'a "b"', `'"`, "\n\t\u0001é🚀\u00a0"],
    { a: [null] },
  ];
  const json = values.map((value) => stringifyJson(value)).filter((text) => !/e[+]?\d{2}$|^-0$|surrogate/.test(text));
  const script = "import json, sys\nprint(json.dumps([str(json.loads(v)) for v in json.load(sys.stdin)]))";
  const spelled = JSON.parse(
    execFileSync(python, ["-c", script], { input: JSON.stringify(json) }).toString(),
  ) as string[];
  const ours = values.filter((value) => json.includes(stringifyJson(value))).map(pythonText);
  expect(ours).toEqual(spelled);
});
