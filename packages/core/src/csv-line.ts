/** Cells as a line of CSV (RFC 4180), without the end of the line. A reader gets back exactly these texts. */
export function csvLine(cells: readonly string[]): string {
  if (cells.length === 1 && cells[0] === "") return '""'; // an empty line would be passed over
  return cells.map(csvCell).join(",");
}

/** A text in quotes where it holds a comma, a quote or the end of a line. */
export function csvCell(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
