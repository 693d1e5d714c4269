import { csvCell, RunferryError } from "@runferry/core";
import type { Cell, ColumnType } from "./tables.ts";
import { microsOf, timeText } from "./times.ts";

/** A cell as it stands in a line. Nothing at all is no value; an empty text is `""`. */
export function cellText(cell: Cell, type: ColumnType): string {
  if (cell === null) return "";
  if (type === "text") return cell === "" ? '""' : csvCell(cell as string);
  if (type === "time") return timeText(cell as number);
  return type === "double" ? doubleText(cell as number) : String(cell);
}

/** Never without a point or an exponent: by a column of whole numbers a reader would take it for integers. */
function doubleText(value: number): string {
  if (Number.isInteger(value)) {
    if (Object.is(value, -0)) return "-0.0";
    const text = String(value);
    return text.includes("e") ? text : `${text}.0`;
  }
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

const namedNumbers: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

/** Reads what `cellText` writes, its quotes taken off. */
export function cellOf(text: string | null, type: ColumnType): Cell {
  if (text === null || type === "text") return text;
  if (type === "time") return microsOf(text);
  if (type === "boolean") {
    if (text === "true" || text === "false") return text === "true";
    throw bad(text, "true or false");
  }
  const value = text === "" ? Number.NaN : Number(text);
  if (type === "integer") {
    if (Number.isSafeInteger(value)) return value;
    throw bad(text, "a whole number");
  }
  const named = namedNumbers.get(text);
  if (named !== undefined) return named;
  if (Number.isNaN(value)) throw bad(text, "a number");
  return value;
}

function bad(text: string, wanted: string): RunferryError {
  return new RunferryError("damaged", `${JSON.stringify(text.slice(0, 40))} is not ${wanted}`, {
    hint: "deliver the run again into an empty folder",
    data: "nothing was changed",
  });
}
