import { parseExtended } from "../extended-json.ts";
import type { HeldRun } from "../state.ts";
import type { Fields } from "./context.ts";
import { historyKeys } from "./history-keys.ts";

interface HistoryArguments {
  readonly minStep?: number | null;
  readonly maxStep?: number | null;
  readonly samples?: number | null;
}

interface SampleSpec {
  readonly keys?: readonly string[];
  readonly samples?: number;
  readonly minStep?: number;
  readonly maxStep?: number;
}

const usualSamples = 500;

/** How the history is read back: the lines as they came, sampled where there are more than were asked for. */
export function historyFields(run: HeldRun): Fields {
  const lines = () => run.lines.of("wandb-history.jsonl");

  function sampledFor(text: string): readonly unknown[] {
    const spec = parseExtended(text) as SampleSpec;
    const { keys = [], samples = usualSamples, minStep = 0, maxStep = Number.MAX_SAFE_INTEGER } = spec;
    const rows = run.lines.between(minStep, maxStep + 1).map(parseExtended) as Record<string, unknown>[];
    const chosen = rows.filter((row) => keys.every((key) => valueAt(row, key) !== undefined));
    return sampled(chosen, samples).map((row) => {
      const wanted = keys.length === 0 ? Object.keys(row) : keys;
      return Object.fromEntries(wanted.map((key) => [key, valueAt(row, key)]));
    });
  }

  return {
    historyKeys: () => historyKeys(run),
    history({ minStep, maxStep, samples }: HistoryArguments) {
      const all =
        minStep == null && maxStep == null
          ? lines().filter((line) => line !== undefined)
          : run.lines.between(minStep ?? 0, maxStep ?? Number.MAX_SAFE_INTEGER);
      return sampled(all, samples ?? usualSamples);
    },
    events: ({ samples }: HistoryArguments) =>
      sampled(
        run.lines.of("wandb-events.jsonl").filter((line) => line !== undefined),
        samples ?? usualSamples,
      ),
    sampledHistory: ({ specs }: { readonly specs: readonly string[] }) => specs.map(sampledFor),
    // Nothing is exported here, so whoever asks has to page through the history.
    parquetHistory: () => ({ parquetUrls: [], liveData: [] }),
  };
}

/** At most `count` of them, evenly spread, the first and the last among them. */
function sampled<T>(all: readonly T[], count: number): readonly T[] {
  if (all.length <= count) return all;
  if (count <= 1) return all.slice(0, Math.max(0, count));
  return Array.from({ length: count }, (_, i) => all[Math.round((i * (all.length - 1)) / (count - 1))]!);
}

/** The value under a name, or under the dotted path of nested objects that the name may stand for. */
export function valueAt(row: Readonly<Record<string, unknown>>, key: string): unknown {
  if (Object.hasOwn(row, key)) return row[key];
  let value: unknown = row;
  for (const part of key.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as Record<string, unknown>)[part];
  }
  return value;
}
