import { createFold, type Difference, type Recorded } from "@runferry/core";
import { hostileRuns } from "@runferry/testkit";
import { keeps } from "../src/index.ts";

/** Where each kind of event is in MLflow. */
const places: { readonly [kind: string]: string } = {
  "run.started":
    "experiment, run name, start time, `mlflow.user`, `mlflow.source.*`, `mlflow.parentRunId`, description; tags `run.group`, `run.host`",
  "params.set": "params; a later value as the tag `param_changed.<name>`",
  "tags.set": "tags",
  "metrics.logged": "metrics, with step and time; a context as `<name>._xat_<key>:<value>`",
  "metric.defined": "tags `run.metric.<name>`",
  "media.logged":
    "PNG and WebP images as `mlflow.log_image` has them, `images/…`, with `mlflow.loggedImages`; the rest as artifacts `media/<name>/…`, tables in `mlflow.loggedArtifacts`",
  "dataset.used": "dataset inputs, `mlflow.data.context`",
  "artifact.logged": "artifacts",
  "model.logged": "logged models, as outputs of the run",
  "model.registered": "versions in the model registry, stages, aliases, tags",
  "alert.raised": "",
  "console.logged": "",
  "run.resumed": "the status, `RUNNING` again",
  "run.ended": "the status and end time; tags `run.exit_code`, `run.error.*`",
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
  return ["| event | in MLflow | differences |", "| --- | --- | --- |", ...rows].join("\n");
}

function describe(differences: readonly Difference[]): string {
  // Which of a point's changes meet is up to the run.
  const kinds = differences.flatMap(({ grade, kind }) =>
    kind.includes("milliseconds,") && !kind.startsWith("the start")
      ? kind.split(", ").map((part) => `${grade}: ${part}`)
      : [`${grade}: ${kind}`],
  );
  return kinds.length === 0 ? "none" : [...new Set(kinds)].sort().join("; ");
}
