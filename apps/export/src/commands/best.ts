import { stringifyJson } from "@runferry/core";
import { choose } from "../choice.ts";
import { choiceOptions, rankingOf } from "../choice-options.ts";
import { readChosen } from "../chosen-runs.ts";
import { type Command, usageError } from "../command.ts";
import { printArtifacts, printBestRun } from "../output/best-run.ts";
import { runDetails } from "../output/run-json.ts";

export const bestCommand: Command = {
  name: "best",
  summary: "the best run by a metric, its params, metrics and files",
  usage: "runferry best [experiment or handle…] --by <metric:max>",
  examples: [
    ["runferry best ctr_model --by test_auc:max", "ranked by the last value of each run; of equal ones the earliest"],
    ["runferry best ctr_model --by test_auc:max --where \"params.opt = 'adam'\"", "among some"],
    ["runferry best ctr_model --by loss:min --json | jq -r '.artifacts[].path'", "for programs"],
  ],
  options: {
    ...choiceOptions,
    by: { type: "string", value: "metric:max", help: "which metric, and whether the greatest or the least is best" },
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  run(context) {
    const by = rankingOf(context);
    if (by === undefined) throw usageError("best needs a metric", "write for example --by test_auc:max");
    const [run] = choose(readChosen(context, context.reader()), { by, top: 1 });
    if (run === undefined)
      throw usageError(`${by.metric} is NaN in every run that is chosen`, "rank by another metric");
    if (context.isJson) return context.print(stringifyJson(runDetails(run)));
    printBestRun(context, run, by.metric);
    printArtifacts(context, run);
    context.note(`more: runferry show ${run.id}`);
  },
};
