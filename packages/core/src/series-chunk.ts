/** Points in columns. A full chunk is packed, so that ten million regular points take about 120 MB, not 240. */
export interface Chunk {
  readonly length: number;
  step(index: number): number; // NaN where there is none
  at(index: number): number;
  value(index: number): number;
}

/** The points so far of columns that are still filled: what is added later is not in it. */
export function openChunk(steps: readonly number[], ats: readonly number[], values: readonly number[]): Chunk {
  const copy = { steps: steps.slice(), ats: ats.slice(), values: values.slice() };
  return {
    length: steps.length,
    step: (i) => copy.steps[i]!,
    at: (i) => copy.ats[i]!,
    value: (i) => copy.values[i]!,
  };
}

/** Copies what cannot be told shorter, and keeps the column of values itself. */
export function packChunk(steps: Float64Array, ats: Float64Array, values: Float64Array): Chunk {
  return { length: steps.length, step: packSteps(steps), at: packTimes(ats), value: (i) => values[i]! };
}

type Column = (index: number) => number;

/** Steps mostly rise by the same stride: two numbers say it. */
function packSteps(steps: Float64Array): Column {
  const first = steps[0]!;
  const stride = steps[1]! - first;
  if (steps.every((step, i) => step === first + i * stride)) return (i) => first + i * stride;
  const copy = steps.every((step) => step === (step | 0)) ? Int32Array.from(steps) : steps.slice();
  return (i) => copy[i]!;
}

/** Times have three decimals at most, so whole microseconds after the earliest say them exactly. */
function packTimes(ats: Float64Array): Column {
  let base = Number.POSITIVE_INFINITY;
  let latest = Number.NEGATIVE_INFINITY;
  let exact = true;
  for (const at of ats) {
    const micros = Math.round(at * 1000);
    base = Math.min(base, micros);
    latest = Math.max(latest, micros);
    exact &&= micros / 1000 === at;
  }
  if (!exact || latest - base > 0xffff_ffff) {
    const copy = ats.slice();
    return (i) => copy[i]!;
  }
  const offsets = new Uint32Array(ats.length);
  for (let i = 0; i < ats.length; i++) offsets[i] = Math.round(ats[i]! * 1000) - base;
  return (i) => (base + offsets[i]!) / 1000;
}
