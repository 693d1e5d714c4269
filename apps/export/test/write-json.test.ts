import { readFileSync } from "node:fs";
import { type Json, RunferryError, stringifyJson } from "@runferry/core";
import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { writeJson } from "../src/write-json.ts";
import { temporaryFolders } from "./workshop.ts";

const temporaryFolder = temporaryFolders();

test("a report is written in pieces as it would be in one", () => {
  const path = `${temporaryFolder()}.json`;
  const expectSame = (value: unknown) => {
    writeJson(path, value as Json);
    expect(readFileSync(path, "utf8")).toBe(`${stringifyJson(value as Json, 2)}\n`);
  };
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), expectSame), rounds(100));
  const trouble = new RunferryError("locked", "taken", { hint: "wait", data: "nothing was sent" });
  expectSame({ left: undefined, troubles: { mlflow: trouble }, list: [undefined, -0, { at: [] }], none: {} });
  expectSame(Array.from({ length: 10_000 }, (_, run) => ({ run, name: "é".repeat(20) })));
});
