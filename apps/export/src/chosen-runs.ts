import type { LoggedRun, Reader } from "@runferry/tracker";
import { choose, isMeant, isPattern, nothingChosen } from "./choice.ts";
import { choiceOf } from "./choice-options.ts";
import type { Context } from "./command.ts";
import { labelOf, type RunLabel } from "./run-label.ts";

/**
 * The runs that words and options choose: experiments, handles of runs, patterns, or, without words, all of the store.
 * Newest first. What a choice looks at is read of one run after the other, and held of none: there may be very many.
 */
export function chosenRuns(context: Context, reader: Reader): readonly RunLabel[] {
  const { limit, ...choice } = choiceOf(context);
  if (choice.top !== undefined) return readChosen(context, reader).map((run) => labelOf(run.id, run));
  choose([], choice); // a filter that means nothing is told where there is no run as well
  const isNamed = meaningOf(context.words, reader);
  const found: { readonly label: RunLabel; readonly startedAt: number }[] = [];
  for (const run of reader.eachRun()) {
    if (isNamed(run) && choose([run], choice).length > 0) {
      found.push({ label: labelOf(run.id, run), startedAt: run.startedAt });
    }
  }
  found.sort((a, b) => b.startedAt - a.startedAt || (a.label.id < b.label.id ? 1 : -1));
  return some(
    found.slice(0, limit).map(({ label }) => label),
    context,
    reader,
  );
}

/** The same, with all that there is to read of them. */
export function readChosen(context: Context, reader: Reader): readonly LoggedRun[] {
  return some(choose(reader.runs().filter(meaningOf(context.words, reader)), choiceOf(context)), context, reader);
}

/** Whether a run is meant by one of the words. Throws where a word means none. */
function meaningOf(words: readonly string[], reader: Reader): (run: LoggedRun) => boolean {
  if (words.length === 0) return () => true;
  const known = new Set(reader.experiments().map(({ name }) => name));
  const experiments = new Set(words.filter((word) => known.has(word)));
  const patterns = words.filter((word) => !known.has(word) && isPattern(word));
  const handles = words.filter((word) => !known.has(word) && !isPattern(word));
  const ids = new Set(handles.map((handle) => reader.getRun(handle).id));
  return (run) =>
    experiments.has(run.experiment) || ids.has(run.id) || patterns.some((pattern) => isMeant(run, pattern));
}

function some<R>(runs: readonly R[], context: Context, { store }: Reader): readonly R[] {
  if (runs.length > 0) return runs;
  throw nothingChosen(store.folder, {
    ...choiceOf(context),
    ...(context.words.length > 0 ? { runs: context.words } : {}),
  });
}
