import { badValue } from "./values.ts";

const least = 1e-7;

/** How many are right and wrong at each of evenly spaced thresholds: rows of TP, FP, TN, FN, precision and recall. */
export function prCurve(
  labels: ArrayLike<number>,
  predictions: ArrayLike<number>,
  thresholds: number,
  weights?: ArrayLike<number>,
): readonly (readonly number[])[] {
  if (!Number.isSafeInteger(thresholds) || thresholds < 2) throw badValue(`there are ${thresholds} thresholds`);
  const count = labels.length;
  if (predictions.length !== count || (weights !== undefined && weights.length !== count)) {
    throw badValue(`there are ${count} labels and ${predictions.length} predictions`, "give as many of each");
  }
  const right = new Array<number>(thresholds).fill(0);
  const wrong = new Array<number>(thresholds).fill(0);
  for (let i = 0; i < count; i++) {
    const prediction = predictions[i]!;
    if (!(prediction >= 0 && prediction <= 1)) throw badValue(`a prediction is ${prediction}`, "give 0 to 1");
    if (labels[i] !== 0 && labels[i] !== 1) throw badValue(`a label is ${labels[i]}`, "give 0 or 1");
    const bin = Math.floor(prediction * (thresholds - 1));
    const weight = weights?.[i] ?? 1;
    right[bin]! += labels[i]! * weight;
    wrong[bin]! += (1 - labels[i]!) * weight;
  }
  const tp = fromTheEnd(right);
  const fp = fromTheEnd(wrong);
  const tn = fp.map((value) => fp[0]! - value);
  const fn = tp.map((value) => tp[0]! - value);
  const precision = tp.map((value, i) => value / Math.max(least, value + fp[i]!));
  const recall = tp.map((value, i) => value / Math.max(least, value + fn[i]!));
  return [tp, fp, tn, fn, precision, recall];
}

function fromTheEnd(counts: readonly number[]): readonly number[] {
  const sums = [...counts];
  for (let i = sums.length - 2; i >= 0; i--) sums[i]! += sums[i + 1]!;
  return sums;
}
