import type { Order } from "./filter.ts";
import { numberIn } from "./matches.ts";
import { readingOf } from "./reading.ts";
import { type FilterSubject, fieldValue } from "./subject.ts";

/** Reads what to sort by: `metrics.val_auc desc, start_time`. Ascending unless it says otherwise. */
export function parseOrder(text: string): readonly Order[] {
  const reading = readingOf("the order cannot be read", text);
  const orders: Order[] = [];
  if (reading.isAtEnd) return orders;
  do {
    const { from } = reading.token;
    const field = reading.field();
    if (orders.some((one) => one.field.entity === field.entity && one.field.name === field.name)) {
      reading.fail("this field is there twice", "name each field once", from);
    }
    const descending = reading.takeWord("desc");
    if (!descending) reading.takeWord("asc");
    orders.push({ field, descending });
  } while (reading.take(","));
  if (!reading.isAtEnd) {
    reading.fail("asc, desc, a comma or the end is expected here", "write for example: metrics.val_auc desc, status");
  }
  return orders;
}

/**
 * Sorts subjects. Whatever the direction, a run whose value is NaN comes after those with a number, and one without
 * the field last. Equal ones come newest first, then by id.
 */
export function sortedBy<S extends FilterSubject>(subjects: readonly S[], orders: readonly Order[]): readonly S[] {
  const rows = subjects.map((subject) => ({
    subject,
    keys: orders.map(({ field }) => keyOf(fieldValue(field, subject))),
  }));
  rows.sort((a, b) => {
    for (const [i, { descending }] of orders.entries()) {
      const difference = compareKeys(a.keys[i]!, b.keys[i]!, descending);
      if (difference !== 0) return difference;
    }
    return compareNewest(a.subject, b.subject);
  });
  return rows.map(({ subject }) => subject);
}

/** Numbers before texts, then NaN, then nothing. */
interface Key {
  readonly rank: 0 | 1 | 2 | 3;
  readonly value: string | number;
}

function keyOf(value: string | number | undefined): Key {
  if (value === undefined) return { rank: 3, value: 0 };
  const number = numberIn(value);
  if (number === undefined) return { rank: 1, value };
  return Number.isNaN(number) ? { rank: 2, value: 0 } : { rank: 0, value: number };
}

function compareKeys(a: Key, b: Key, descending: boolean): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const difference = a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
  return descending ? -difference : difference;
}

function compareNewest(a: FilterSubject, b: FilterSubject): number {
  const [startA, startB] = [Number(a.attributes.start_time ?? 0), Number(b.attributes.start_time ?? 0)];
  if (startA !== startB) return startB - startA;
  return String(a.attributes.run_id) < String(b.attributes.run_id) ? -1 : 1;
}
