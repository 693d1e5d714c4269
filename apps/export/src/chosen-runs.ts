import { RunferryError } from "@runferry/core";
import type { LoggedRun, Reader } from "@runferry/tracker";
import { type Context, type Option, textOption } from "./command.ts";

/** Options of the commands that work on many runs. */
export const choiceOptions: { readonly [name: string]: Option } = {
  filter: { type: "string", value: "text", help: "only runs that pass it; MLflow's grammar" },
};

/** The runs that words and options choose: experiments, handles of runs, or, without words, all of the store. */
export function chosenRuns(context: Context, reader: Reader): readonly LoggedRun[] {
  const filter = textOption(context, "filter");
  const options = filter === undefined ? {} : { filter };
  const experiments = new Set(reader.experiments().map((experiment) => experiment.name));
  const passing = reader.runs(options);
  const passingIds = new Set(passing.map((run) => run.id));
  const chosen = context.words.flatMap((word) => {
    if (experiments.has(word)) return passing.filter((run) => run.experiment === word);
    const run = reader.getRun(word);
    return passingIds.has(run.id) ? [run] : [];
  });
  const runs = context.words.length === 0 ? passing : [...new Map(chosen.map((run) => [run.id, run])).values()];
  if (runs.length > 0) return runs;
  throw new RunferryError("not_found", `no run in ${reader.store.folder} is chosen`, {
    hint: filter === undefined ? "log a run first, or name another store with --dir" : "look at them with runferry ls",
    data: "nothing was changed",
  });
}
