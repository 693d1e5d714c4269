/** A table as CSV. A cell that begins like a formula would be run as one by a spreadsheet: it gets a quote in front. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return rows.map((cells) => `${cells.map(cellOf).join(",")}\n`).join("");
}

function cellOf(value: string): string {
  const isNumber = value !== "" && Number.isFinite(Number(value));
  const safe = !isNumber && /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
