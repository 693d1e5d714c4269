import { mappingTable as tableOf } from "@runferry/testkit";
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

/** The table of the README. */
export function mappingTable(): Promise<string> {
  return tableOf({
    title: "in MLflow",
    places,
    keeps,
    // Which of a point's changes meet is up to the run.
    partsOf: (kind) => (kind.includes("milliseconds,") && !kind.startsWith("the start") ? kind.split(", ") : [kind]),
  });
}
