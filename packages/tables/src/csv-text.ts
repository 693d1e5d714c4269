/** A line of CSV, closed by a newline. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\n`;
}

/** A text as RFC 4180 has it: in quotes where it holds a comma, a quote or the end of a line. */
export function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
