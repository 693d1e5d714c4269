/** One value of a metric as a foreign store has it. */
export interface ImportedPoint {
  readonly step: number | undefined;
  /** When it was logged; NaN where that is not said. */
  readonly at: number;
  readonly value: number;
}

/** Points of one metric. */
export interface SortedPoints {
  /** In the order of their time; of those without one, and of equal ones, in the order they came. */
  sorted(): IterableIterator<ImportedPoint>;
}

/** Points in three packed columns. */
export interface Columns extends SortedPoints {
  readonly length: number;
  add(step: number | undefined, at: number, value: number): void;
}

export function createColumns(): Columns {
  let columns = new Float64Array(3 * 16);
  let length = 0;
  let isSorted = true;
  let last = Number.NEGATIVE_INFINITY;
  return {
    get length() {
      return length;
    },
    add(step, at, value) {
      if (3 * length === columns.length) {
        const wider = new Float64Array(columns.length * 2);
        wider.set(columns);
        columns = wider;
      }
      columns[3 * length] = step ?? Number.NaN;
      columns[3 * length + 1] = at;
      columns[3 * length + 2] = value;
      length++;
      if (at < last) isSorted = false;
      if (at > last) last = at;
    },
    *sorted() {
      const order = isSorted ? undefined : orderByTime();
      for (let i = 0; i < length; i++) {
        const from = 3 * (order ? order[i]! : i);
        const step = columns[from]!;
        yield { step: Number.isNaN(step) ? undefined : step, at: columns[from + 1]!, value: columns[from + 2]! };
      }
    },
  };

  function orderByTime(): Uint32Array {
    const times = new Float64Array(length);
    let time = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < length; i++) {
      const at = columns[3 * i + 1]!;
      if (!Number.isNaN(at)) time = at;
      times[i] = time;
    }
    return Uint32Array.from({ length }, (_, i) => i).sort((a, b) => times[a]! - times[b]! || a - b);
  }
}
