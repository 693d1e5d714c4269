import { plainText } from "./plain-text.ts";
import { fitted, fittedInside, textWidth } from "./text-width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "right";
  /** Left out, the last first, where the table is too wide. */
  readonly optional?: boolean;
  /** Where it is cut, its cells keep their ends: places. */
  readonly keepsEnds?: boolean;
  readonly cells: readonly string[];
}

const gap = "  ";
const leastWidth = 8;

/** Lines of at most `width` columns: optional columns are left out, then the widest ones are cut. */
export function table(columns: readonly Column[], width: number): readonly string[] {
  const shown = columns.map((column) => {
    const texts = [column.title, ...column.cells].map(plainText);
    const widths = texts.map(textWidth);
    return { ...column, texts, widths, width: widths.reduce((most, one) => Math.max(most, one), 0) };
  });
  const total = () => shown.reduce((sum, column) => sum + column.width, 0) + gap.length * (shown.length - 1);
  const least = () =>
    shown.reduce((sum, column) => sum + Math.min(column.width, leastWidth * 2), 0) + gap.length * (shown.length - 1);
  let left = 0;
  for (let i = shown.length - 1; i >= 0 && least() > width - (left > 0 ? 3 : 0); i--) {
    if (!shown[i]!.optional) continue;
    shown.splice(i, 1);
    left++;
  }
  const room = width - (left > 0 ? 3 : 0);
  while (total() > room) {
    const widest = shown.reduce((most, one) => (one.width > most.width ? one : most));
    if (widest.width <= leastWidth) break;
    widest.width = Math.max(leastWidth, widest.width - (total() - room));
  }
  const rows = shown.length === 0 ? 0 : shown[0]!.texts.length;
  return Array.from({ length: rows }, (_, row) => {
    const cells = shown.map(({ texts, widths, width: columns, align, keepsEnds = false }) => {
      const cut = keepsEnds && row > 0 ? fittedInside : fitted;
      const text = widths[row]! > columns ? cut(texts[row]!, columns) : texts[row]!;
      const padding = " ".repeat(Math.max(0, columns - textWidth(text)));
      return align === "right" ? padding + text : text + padding;
    });
    const line = cells.join(gap) + (left > 0 && row === 0 ? `${gap}…` : "");
    return fitted(line.trimEnd(), width);
  });
}
