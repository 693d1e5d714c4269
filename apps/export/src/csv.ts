import { csvLine } from "@runferry/core";

/** A table for people as CSV. A cell that begins like a formula would be run as one by a spreadsheet: it gets a quote in front. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${csvLine(cells.map(withoutFormula))}\n`).join("");
}

function withoutFormula(value: string): string {
  const isNumber = value !== "" && Number.isFinite(Number(value));
  return !isNumber && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}
