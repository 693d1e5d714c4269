import { type MediaValue, table } from "./media-values.ts";
import { numbersOf, type TensorLike, toNumber } from "./numbers.ts";

/** Lists of one value per episode, such as `{ reward: [180, 185], length: [200, 198] }`. */
export interface Episodes {
  readonly [name: string]: ArrayLike<number | bigint> | TensorLike;
}

/** What to log of them: of each name count, mean, std, min and max, and all values as a table `episodes`. */
export function episodeValues(episodes: Episodes): { readonly [name: string]: number | MediaValue } {
  const columns = Object.entries(episodes).map(
    ([name, list]) => [name, Array.from(numbersOf(list), asNumber)] as const,
  );
  const summaries = columns.flatMap(([name, values]) => summaryOf(name, values));
  const longest = columns.reduce((most, [, values]) => Math.max(most, values.length), 0);
  if (longest === 0) return {};
  const rows = Array.from({ length: longest }, (_, i) => columns.map(([, values]) => values[i] ?? null));
  const names = columns.map(([name]) => name);
  return { ...Object.fromEntries(summaries), episodes: table(names, rows) };
}

function asNumber(value: unknown): number {
  const converted = toNumber(value);
  return "number" in converted ? converted.number : Number.NaN;
}

function summaryOf(name: string, values: readonly number[]): readonly (readonly [string, number])[] {
  if (values.length === 0) return [];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const least = values.reduce((a, b) => Math.min(a, b));
  const most = values.reduce((a, b) => Math.max(a, b));
  return [
    [`${name}/count`, values.length],
    [`${name}/mean`, mean],
    [`${name}/std`, Math.sqrt(variance)],
    [`${name}/min`, least],
    [`${name}/max`, most],
  ];
}
