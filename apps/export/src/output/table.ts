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

/**
 * Lines of at most `width` columns: optional columns are left out, then the widest ones are cut. What is not optional
 * tells the rows apart: up to a third of the line it stays whole as long as anything else can go.
 */
export function table(columns: readonly Column[], width: number): readonly string[] {
  const shown = columns.map((column) => {
    const texts = [column.title, ...column.cells].map(plainText);
    const widths = texts.map(textWidth);
    const whole = widths.reduce((most, one) => Math.max(most, one), 0);
    const least = Math.min(whole, Math.max(leastWidth * 2, column.optional ? 0 : Math.floor(width / 3)));
    return { ...column, texts, widths, width: whole, least };
  });
  const totalOf = (key: "width" | "least") =>
    shown.reduce((sum, column) => sum + column[key], 0) + gap.length * (shown.length - 1);
  let left = 0;
  for (let i = shown.length - 1; i >= 0 && totalOf("least") > width - (left > 0 ? 3 : 0); i--) {
    if (!shown[i]!.optional) continue;
    shown.splice(i, 1);
    left++;
  }
  const room = width - (left > 0 ? 3 : 0);
  for (let over = totalOf("width") - room; over > 0; over = totalOf("width") - room) {
    const wider = shown.filter((column) => column.width > column.least);
    const widest = (wider.length > 0 ? wider : shown).reduce((most, one) => (one.width > most.width ? one : most));
    const floor = wider.length > 0 ? widest.least : leastWidth;
    if (widest.width <= floor) break;
    widest.width = Math.max(floor, widest.width - over);
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
