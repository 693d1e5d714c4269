import { bucketOf } from "../histogram.ts";
import { badValue } from "./values.ts";

/** The limits that PyTorch and tensorboardX count in: they grow by a tenth, on both sides of 0. */
function exponentialLimits(): readonly number[] {
  const limits: number[] = [];
  for (let limit = 1e-12; limit < 1e20; limit *= 1.1) limits.push(limit);
  return [...limits.map((limit) => -limit).reverse(), 0, ...limits];
}

const defaultLimits = exponentialLimits();

export type Bins = "tensorflow" | number | readonly number[];

/** Counts values in bins: the exponential ones, as many as asked for of equal width, or between given limits. */
export function countIn(
  values: ArrayLike<number>,
  bins: Bins,
): { readonly edges: readonly number[]; readonly counts: readonly number[] } {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return { edges: [0], counts: [] };
  const least = finite.reduce((a, b) => Math.min(a, b));
  const most = finite.reduce((a, b) => Math.max(a, b));
  const limits = bins === "tensorflow" ? defaultLimits : limitsOf(bins, least, most);
  const counts = new Array<number>(limits.length - 1).fill(0);
  for (const value of finite) {
    if (value >= limits[0]! && value <= limits.at(-1)!) counts[bucketOf(limits, value)]!++;
  }
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  if (first < 0) return { edges: [0], counts: [] };
  // Empty bins at the ends are left out, and the outer edges are the extremes: so TensorBoard shows what PyTorch writes.
  return { edges: [least, ...limits.slice(first + 1, last + 1), most], counts: counts.slice(first, last + 1) };
}

function limitsOf(bins: number | readonly number[], least: number, most: number): readonly number[] {
  if (typeof bins !== "number") {
    if (bins.length > 1 && bins.every((limit, i) => Number.isFinite(limit) && (i === 0 || limit > bins[i - 1]!)))
      return bins;
    throw badValue("the limits of a histogram do not rise", "give at least two numbers, each greater than the last");
  }
  if (!Number.isSafeInteger(bins) || bins < 1) throw badValue(`a histogram has ${bins} bins`, "give a whole number");
  const [low, high] = least === most ? [least - 0.5, most + 0.5] : [least, most];
  return Array.from({ length: bins + 1 }, (_, i) => (i === bins ? high : low + (high / bins - low / bins) * i));
}
