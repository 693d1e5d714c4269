import type { Condition, Filter } from "./filter.ts";
import { isLike } from "./like.ts";
import { type FilterSubject, fieldValue } from "./subject.ts";

/**
 * Whether a run passes a filter. As in MLflow, a metric stands for its last value, and a run without the field passes
 * no condition on it, `!=` included, but for IS NULL.
 */
export function matches(filter: Filter, subject: FilterSubject): boolean {
  switch (filter.type) {
    case "and":
      return filter.parts.every((part) => matches(part, subject));
    case "or":
      return filter.parts.some((part) => matches(part, subject));
    case "not":
      return !matches(filter.part, subject);
    default:
      return holds(filter, subject);
  }
}

function holds(condition: Condition, subject: FilterSubject): boolean {
  const value = fieldValue(condition.field, subject);
  if (condition.type === "null") return (value === undefined) !== condition.negated;
  if (value === undefined) return false;
  if (condition.type === "in") return condition.values.includes(String(value)) !== condition.negated;
  if (condition.type === "like") {
    const isStatus = condition.field.entity === "attribute" && condition.field.name === "status";
    return isLike(String(value), condition.pattern, condition.ignoreCase || isStatus);
  }
  const wanted = condition.value;
  if (typeof wanted === "string") return (String(value) === wanted) === (condition.operator === "=");
  const number = numberIn(value);
  return number !== undefined && compare(number, condition.operator, wanted);
}

/** The number that a param or tag spells. */
export function numberIn(value: string | number): number | undefined {
  if (typeof value === "number") return value;
  if (value === "nan" || value === "NaN") return Number.NaN;
  if (/^[+-]?inf(inity)?$/i.test(value))
    return value.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(value) ? Number(value) : undefined;
}

function compare(value: number, operator: string, wanted: number): boolean {
  const isEqual = value === wanted || (Number.isNaN(value) && Number.isNaN(wanted));
  switch (operator) {
    case "=":
      return isEqual;
    case "!=":
      return !isEqual;
    case "<":
      return value < wanted;
    case "<=":
      return value <= wanted;
    case ">":
      return value > wanted;
    default:
      return value >= wanted;
  }
}
