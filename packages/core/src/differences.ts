import { getOrCreate } from "./get-or-create.ts";

/**
 * How a run and its copy differ. `converted`: kept in another form or place. `left out`: this kind has no place there, or
 * the user excluded it. `lost`: belongs there and is not. Only `lost` asks for consent or changes an exit code.
 */
export type Grade = "converted" | "left out" | "lost";

export interface Difference {
  readonly grade: Grade;
  /** What happened, in the words of a mapping table: `metric values to 32 bits`. */
  readonly kind: string;
  readonly count: number;
  /** One of them. */
  readonly example?: string;
}

/** One difference per (grade, kind), counts added, the first example kept; sorted, so that equal sets read equal. */
export function addDifferences(...lists: readonly (readonly Difference[])[]): readonly Difference[] {
  const tally = createTally();
  for (const { grade, kind, count, example } of lists.flat()) tally.add(grade, kind, example, count);
  return tally.differences;
}

/** Counts differences one by one. */
export interface Tally {
  add(grade: Grade, kind: string, example?: string, count?: number): void;
  readonly differences: readonly Difference[];
}

export function createTally(): Tally {
  // By kind, and those of one kind by grade: this is called for every point of some places.
  const sums = new Map<string, { -readonly [K in keyof Difference]: Difference[K] }[]>();
  return {
    add(grade, kind, example, count = 1) {
      if (count === 0) return;
      const ofKind = getOrCreate(sums, kind, () => []);
      const sum = ofKind.find((one) => one.grade === grade);
      if (sum) sum.count += count;
      else ofKind.push(example === undefined ? { grade, kind, count } : { grade, kind, count, example });
    },
    get differences() {
      const all = [...sums.values()].flatMap((ofKind) => ofKind.map((sum) => ({ ...sum })));
      return all.sort((a, b) => (`${a.grade}: ${a.kind}` < `${b.grade}: ${b.kind}` ? -1 : 1));
    },
  };
}

export function countOf(differences: readonly Difference[], grade: Grade): number {
  return differences.reduce((sum, difference) => sum + (difference.grade === grade ? difference.count : 0), 0);
}

/** One line for people: `3 left out, 12 converted`. */
export function describeDifferences(differences: readonly Difference[]): string {
  const grades: readonly Grade[] = ["lost", "left out", "converted"];
  const parts = grades.flatMap((grade) => {
    const count = countOf(differences, grade);
    return count === 0 ? [] : [`${count} ${grade}`];
  });
  return parts.length === 0 ? "no differences" : parts.join(", ");
}
