import type { Row } from "./database.ts";

/** A field as text; undefined where it is not set. */
export function textOfRow(row: Row, name: string): string | undefined {
  const value = row[name];
  return value === undefined || value === null ? undefined : String(value);
}
