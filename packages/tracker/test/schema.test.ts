import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { configKeys, parseConfig } from "../src/config-file.ts";

interface Schema {
  readonly type?: string | readonly string[];
  readonly minLength?: number;
  readonly properties?: { readonly [name: string]: Schema };
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
}

const path = join(import.meta.dirname, "../schema/runferry.schema.json");
const schema = JSON.parse(readFileSync(path, "utf8")) as Schema;

/** As much of JSON Schema as the file uses. */
function fits(
  value: unknown,
  { type, minLength = 0, properties = {}, additionalProperties, items, anyOf }: Schema,
): boolean {
  if (anyOf && !anyOf.some((one) => fits(value, one))) return false;
  const own = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  if (type !== undefined && ![type].flat().includes(own)) return false;
  if (typeof value === "string") return value.length >= minLength;
  if (Array.isArray(value)) return !items || value.every((item) => fits(item, items));
  if (typeof value !== "object" || value === null) return true;
  return Object.entries(value).every(([key, inner]) => {
    const named = properties[key] ?? additionalProperties ?? true;
    return typeof named === "boolean" ? named : fits(inner, named);
  });
}

function reads(text: string): boolean {
  try {
    parseConfig("runferry.yaml", text);
    return true;
  } catch {
    return false;
  }
}

it("the schema names the settings that are read", () => {
  expect(Object.keys(schema.properties ?? {}).sort()).toEqual([...configKeys].sort());
});

describe("editors, by the schema, and runferry agree", () => {
  it.each([
    "dir: ./runs\nexperiment: ctr\nbackend: [local, lab]\ntags: { a: 1, b: x, c: true }\nplaces: { lab: 'mlflow:http://ml.lab' }\n",
    "backend: both\n",
    "layouts: { mine: { metrics: log.csv } }\n",
  ])("on what is good: %j", (text) => {
    expect([fits(parse(text), schema), reads(text)]).toEqual([true, true]);
  });

  it.each([
    "experimnet: a\n",
    "dir: [a]\n",
    "dir: ''\n",
    "experiment: 3\n",
    "backend: { a: b }\n",
    "backend: [1]\n",
    "tags: [a]\n",
    "tags: { a: [1] }\n",
    "places: x\n",
    "places: { a: 1 }\n",
    "layouts: [a]\n",
    "layouts: { mine: log.csv }\n",
    "- a\n",
  ])("on what is not: %j", (text) => {
    expect([fits(parse(text), schema), reads(text)]).toEqual([false, false]);
  });
});
