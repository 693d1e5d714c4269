import { printField } from "./fields.ts";
import type { Filter, Order } from "./filter.ts";

/** The filter as text; parsed again it is the same filter. */
export function printFilter(filter: Filter): string {
  switch (filter.type) {
    case "and":
    case "or":
      return filter.parts.map(printPart).join(` ${filter.type} `);
    case "not":
      return `not ${printPart(filter.part)}`;
    case "compare":
      return `${printField(filter.field)} ${filter.operator} ${printLiteral(filter.value)}`;
    case "like":
      return `${printField(filter.field)} ${filter.ignoreCase ? "ILIKE" : "LIKE"} ${quoted(filter.pattern)}`;
    case "in":
      return `${printField(filter.field)} ${filter.negated ? "NOT IN" : "IN"} (${filter.values.map(quoted).join(", ")})`;
    case "null":
      return `${printField(filter.field)} IS ${filter.negated ? "NOT NULL" : "NULL"}`;
  }
}

export function printOrder(orders: readonly Order[]): string {
  return orders.map(({ field, descending }) => `${printField(field)} ${descending ? "desc" : "asc"}`).join(", ");
}

function printPart(part: Filter): string {
  return part.type === "and" || part.type === "or" ? `(${printFilter(part)})` : printFilter(part);
}

function printLiteral(value: string | number): string {
  if (typeof value === "string") return quoted(value);
  if (Object.is(value, -0)) return "-0";
  return Number.isFinite(value) || Number.isNaN(value) ? String(value) : value > 0 ? "inf" : "-inf";
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
