import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { stringifyJson } from "@runferry/core";
import { expect, test } from "vitest";
import { hydraParams, isHydraConfig } from "../src/hydra-params.ts";
import { parseYaml, parseYamlTexts } from "../src/yaml.ts";

/** Every package that a built module loads, itself or through others of its own. */
function packagesOf(path: string, seen = new Set<string>()): ReadonlySet<string> {
  const found = new Set<string>();
  if (seen.has(path)) return found;
  seen.add(path);
  for (const [, name = ""] of readFileSync(path, "utf8").matchAll(/^(?:import|export)\s[^;]*?from "([^"]+)"/gm)) {
    if (!name.startsWith(".")) found.add(name);
    else for (const one of packagesOf(join(dirname(path), name), seen)) found.add(one);
  }
  return found;
}

test("reading records loads no HTTP client", () => {
  const dist = join(import.meta.dirname, "../dist");
  expect([...packagesOf(join(dist, "records/index.js"))].sort()).toEqual(["@runferry/core", "node:crypto", "yaml"]);
  expect([...packagesOf(join(dist, "index.js"))]).toContain("axios");
});

test("YAML keeps how numbers are spelled, and what Python would take for a text", () => {
  const text = "a: 1.0\nb: 1e-05\nc: 12345678901234567890\nd: 02099324\ne: .inf\nf: 'yes'\ng: ~\nh: [1, {x: -0.5}]\n";
  expect(stringifyJson(parseYaml(text.replace("e: .inf\n", "")))).toBe(
    '{"a":1.0,"b":1e-05,"c":12345678901234567890,"d":"02099324","f":"yes","g":null,"h":[1,{"x":-0.5}]}',
  );
  expect(parseYaml("e: .inf")).toEqual({ e: Number.POSITIVE_INFINITY });
  expect(parseYamlTexts("digest: 12e45678\nother: 02099324\nnone: null\nword: 'null'\nempty:\n")).toEqual({
    digest: "12e45678",
    other: "02099324",
    none: null,
    word: "null",
    empty: null,
  });
});

test("YAML that would grow beyond bounds, or makes prototypes, is harmless", () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i++) {
    const [name, one] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)];
    bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${one}`).join(", ")}]`);
  }
  expect(() => parseYaml(bomb.join("\n"))).toThrow(/alias/i);
  expect(Object.keys(parseYaml("__proto__: {polluted: 1}") as object)).toEqual(["__proto__"]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});

test("the configuration nearest to the top is the one", () => {
  expect(isHydraConfig("sub/.hydra/config.yaml")).toBe(true);
  expect(isHydraConfig(".hydra/overrides.yaml")).toBe(false);
  expect(isHydraConfig("x.hydra/config.yaml")).toBe(false);
  const configs = new Map([
    ["sub/.hydra/config.yaml", "a: 1"],
    [".hydra/config.yaml", "a: 2"],
  ]);
  expect(hydraParams(configs)).toEqual({ a: 2 });
  expect(hydraParams(new Map([[".hydra/config.yaml", "- 1"]]))).toBeUndefined();
  expect(hydraParams(new Map())).toBeUndefined();
});
