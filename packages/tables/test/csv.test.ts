import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { csvLine } from "@runferry/core";
import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { askDuckdb } from "../../../tools/peers/duckdb.ts";
import { needPeer } from "../../../tools/peers/peer.ts";
import { cellOf, cellText } from "../src/csv-cells.ts";
import { createCsvReader, type Line } from "../src/csv-reader.ts";
import { microsOf, timeCells, timeText } from "../src/times.ts";
import { temporaryFolder } from "./kinds.ts";

function read(text: string, pieces = [text.length]): readonly Line[] {
  const reader = createCsvReader();
  const lines: Line[] = [];
  let from = 0;
  for (const length of [...pieces, text.length]) {
    lines.push(...reader.push(text.slice(from, from + length)));
    from += length;
  }
  return lines;
}

const awkward = fc.array(fc.constantFrom("a", " ", '"', ",", "\n", "\r", "\0", "é", "🚀", "=", "'"), { maxLength: 8 });
const text = awkward.map((parts) => parts.join(""));

describe("CSV", () => {
  it("reads back every text and every nothing, however the file is cut up", () => {
    const cells = fc.array(fc.option(text), { minLength: 1, maxLength: 5 });
    const property = fc.property(fc.array(cells), fc.array(fc.integer({ min: 0, max: 9 })), (lines, pieces) => {
      const written = lines.map((line) => `${line.map((cell) => cellText(cell, "text")).join(",")}\n`).join("");
      expect(read(written, pieces)).toEqual(lines);
    });
    fc.assert(property, rounds(500));
  });

  it("reads what other programs write: lines that end with CRLF, quotes where none are needed", () => {
    expect(read('a,"b"\r\n"",\r\n')).toEqual([
      ["a", "b"],
      ["", null],
    ]);
  });

  it("takes what follows the last newline for an append under way", () => {
    expect(read('a,b\nc,"d\n')).toEqual([["a", "b"]]);
  });

  it("holds no cell and no line without end", () => {
    const reader = createCsvReader();
    reader.push('"');
    const push = () => {
      for (let i = 0; i < 70; i++) reader.push("x".repeat(1024 * 1024));
    };
    expect(push).toThrow(expect.objectContaining({ code: "damaged" }));
    expect(() => createCsvReader().push(",".repeat(2000))).toThrow("more than 1000 cells");
  });

  it("reads back every number with all its bits, and never writes one that looks whole", () => {
    const property = fc.property(fc.double(), (value) => {
      const written = cellText(value, "double");
      expect(cellOf(written, "double")).toBe(value);
      expect(written).toMatch(/[.en]/);
    });
    fc.assert(property, rounds(2000));
  });

  it("reads back every time to the microsecond", () => {
    const latest = Number.MAX_SAFE_INTEGER;
    const property = fc.property(fc.integer({ min: -latest, max: latest }), (micros) => {
      expect(microsOf(timeText(micros))).toBe(micros);
    });
    fc.assert(property, rounds(1000));
    expect(timeText(1_732_181_400_123_456)).toBe("2024-11-21 09:30:00.123456");
    expect(microsOf("2024-11-21T09:30:00")).toBe(1_732_181_400_000_000);
    for (const bad of ["", "yesterday", "2024-13-41 99:00:00", "2024-11-21 09:30:00Z", "2024-11-21 09:30:00.1234567"]) {
      expect(() => microsOf(bad), bad).toThrow(expect.objectContaining({ code: "damaged" }));
    }
  });

  it("keeps a time that a timestamp cannot hold beside it", () => {
    expect(timeCells(1_732_181_400_123.456)).toEqual([1_732_181_400_123_456, null]);
    expect(timeCells(1e18)).toEqual([null, 1e18]);
    expect(timeCells(0.0001)).toEqual([0, 0.0001]);
  });

  it.each([
    ["1.5", "integer"],
    ["9007199254740993", "integer"],
    ["", "integer"],
    ["x", "double"],
    ["", "double"],
    ["yes", "boolean"],
  ] as const)("%j is no %s", (written, type) => {
    expect(() => cellOf(written, type)).toThrow(expect.objectContaining({ code: "damaged" }));
  });
});

it("numbers are read by pandas and DuckDB as they are, the named ones too", (context) => {
  const values = [0.1, 1, -0, 1e21, 5e-324, 1.7976931348623157e308, 1 / 3, Number.NaN, Infinity, -Infinity];
  const folder = temporaryFolder();
  const lines = values.map((value, i) => `${csvLine([String(i), cellText(value, "double")])}\n`);
  writeFileSync(join(folder, "numbers.csv"), `${csvLine(["i", "value"])}\n${lines.join("")}`);
  const expected = "0.1 1.0 -0.0 1e+21 5e-324 1.7976931348623157e+308 0.3333333333333333 nan inf -inf";
  const duckdb = needPeer(context, "duckdb").python;
  const program = `
rows = duckdb.sql("SELECT value FROM 'numbers.csv' ORDER BY i")
print(*[repr(value) for (value,) in rows.fetchall()], rows.types[0])`;
  expect(askDuckdb(duckdb, program, [], folder).trim()).toBe(`${expected} DOUBLE`);
  const pandas = needPeer(context, "mlflow").python;
  const other = `
import pandas
values = pandas.read_csv("numbers.csv", float_precision="round_trip")["value"]
print(*[repr(float(value)) for value in values], values.dtype)`;
  expect(execFileSync(pandas, ["-c", other], { cwd: folder, encoding: "utf8" }).trim()).toBe(`${expected} float64`);
});
