import { csvLine } from "@runferry/core";

/** A table for people as lines of CSV. A cell that begins like a formula would be run as one by a spreadsheet: it gets a quote in front. */
export function* csvLines(rows: Iterable<readonly string[]>): IterableIterator<string> {
  for (const cells of rows) yield `${csvLine(cells.map(withoutFormula))}\n`;
}

function withoutFormula(value: string): string {
  const isNumber = value !== "" && Number.isFinite(Number(value));
  return !isNumber && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
}
