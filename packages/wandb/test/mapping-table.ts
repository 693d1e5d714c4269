import { mappingTable as tableOf } from "@runferry/testkit";
import { keeps } from "../src/index.ts";

/** Where each kind of event is at W&B. */
const places: { readonly [kind: string]: string } = {
  "run.started":
    "a run: display name, notes, group, host, program, commit; config `run` has the rest. Without a project named, the experiment is the project",
  "params.set": "config",
  "tags.set": "tags without a value as tags, those with one in config `run.tags`",
  "metrics.logged":
    "a row of history for each; a context behind the name, `loss {dataset=test}`; the step in `global_step`",
  "metric.defined": "definitions of metrics; a goal adds `min` or `max` to the summary",
  "media.logged": "rows of history, with files below `media/`; texts as text",
  "dataset.used": "an artifact of type `dataset` that the run uses",
  "artifact.logged": "files of the run",
  "model.logged": "an artifact of type `model`, with the files that lay at its path",
  "model.registered": "config `run.registered`; a link in the project `model-registry`",
  "alert.raised": "a row of history; an alert too, unless the run is over an hour old",
  "console.logged": "lines of `output.log`",
  "run.resumed": "the state, running again",
  "run.ended": "the exit code, and config `run.ended`",
  unknown: "",
};

/** The table of the README. */
export function mappingTable(): Promise<string> {
  return tableOf({
    title: "at W&B",
    places,
    keeps,
  });
}
