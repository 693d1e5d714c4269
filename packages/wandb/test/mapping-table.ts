import { createFold, type Difference, type Recorded } from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
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

/** The table of the README: every kind of event, and what `keeps` says becomes of it in the hostile runs. */
export async function mappingTable(): Promise<string> {
  const byKind = new Map<string, Recorded[][]>();
  for (const { journal } of await hostileRuns(1, { names: 20 })) {
    const own = new Map<string, Recorded[]>();
    for await (const stream of journal.streams()) {
      for await (const events of stream.read()) {
        for (const event of events) own.set(event.kind, [...(own.get(event.kind) ?? []), event]);
      }
    }
    for (const [kind, events] of own) byKind.set(kind, [...(byKind.get(kind) ?? []), events]);
  }
  const rows = Object.entries(places).map(([kind, place]) => {
    const told = (byKind.get(kind) ?? []).flatMap((events) => {
      const folding = createFold("run");
      for (const event of events) folding.add("main", event);
      return keeps(folding.view()).differences;
    });
    return `| \`${kind}\` | ${place === "" ? "no place" : place} | ${describe(told)} |`;
  });
  return ["| event | at W&B | differences |", "| --- | --- | --- |", ...rows].join("\n");
}

function describe(differences: readonly Difference[]): string {
  const kinds = differences.map(({ grade, kind }) => `${grade}: ${kind}`);
  return kinds.length === 0 ? "none" : [...new Set(kinds)].sort().join("; ");
}
