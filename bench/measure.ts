// What every bench shares: runs in alternation, medians, a table for people and --json for machines.
import { parseArgs } from "node:util";

export interface Contender {
  readonly name: string;
  /** Does the work once and says how much of it there was; the time is taken around it. */
  run(): Promise<number> | number;
}

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly perSecond: number;
  readonly target?: number;
}

/** Runs each contender `rounds` times in alternation, so that a noisy moment hits all; gives the median rate of each. */
export async function alternate(unit: string, contenders: readonly Contender[], rounds = 5): Promise<readonly Row[]> {
  const rates = contenders.map((): number[] => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      globalThis.gc?.();
      const start = performance.now();
      const amount = await contender.run();
      rates[i]?.push((amount / (performance.now() - start)) * 1000);
    }
  }
  return contenders.map(({ name }, i) => ({ name, unit, perSecond: median(rates[i] ?? []) }));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Prints rows as a table, or as JSON with `--json`. */
export function tell(title: string, rows: readonly { readonly [column: string]: string | number }[]): void {
  const { values } = parseArgs({ options: { json: { type: "boolean" } }, strict: false });
  if (values.json) {
    console.log(
      JSON.stringify({ title, node: process.version, platform: `${process.platform}-${process.arch}`, rows }),
    );
    return;
  }
  const columns = Object.keys(rows[0] ?? {});
  const cells = [columns, ...rows.map((row) => columns.map((column) => text(row[column] ?? "")))];
  const widths = columns.map((_column, i) => Math.max(...cells.map((line) => line[i]?.length ?? 0)));
  console.log(title);
  for (const line of cells) {
    console.log(
      `  ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  ")}`,
    );
  }
}

function text(value: string | number): string {
  return typeof value === "number" ? Math.round(value).toLocaleString("en").replaceAll(",", " ") : value;
}
