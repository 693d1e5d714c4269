import type { LoggedRun, Reader } from "@runferry/tracker";
import { choose, isMeant, isPattern, nothingChosen } from "./choice.ts";
import { choiceOf } from "./choice-options.ts";
import type { Context } from "./command.ts";

/** The runs that words and options choose: experiments, handles of runs, patterns, or, without words, all of the store. */
export function chosenRuns(context: Context, reader: Reader): readonly LoggedRun[] {
  const choice = choiceOf(context);
  const experiments = new Set(reader.experiments().map((experiment) => experiment.name));
  const all = reader.runs();
  const meant = new Set(
    context.words.flatMap((word) => {
      if (experiments.has(word)) return all.flatMap(({ id, experiment }) => (experiment === word ? id : []));
      if (isPattern(word)) return all.flatMap((run) => (isMeant(run, word) ? run.id : []));
      return reader.getRun(word).id;
    }),
  );
  const runs = choose(context.words.length === 0 ? all : all.filter(({ id }) => meant.has(id)), choice);
  if (runs.length > 0) return runs;
  throw nothingChosen(reader.store.folder, { ...choice, ...(context.words.length > 0 ? { runs: context.words } : {}) });
}
