import { mappingTable as tableOf } from "@runferry/testkit";
import { keeps } from "../src/index.ts";

/** Where each kind of event is in the tables. */
const places: { readonly [kind: string]: string } = {
  "run.started": "`runs`, `events`",
  "params.set": "`params`, `runs_wide`",
  "tags.set": "`tags`, `runs_wide`",
  "metrics.logged": "`metrics`, `metrics_wide`, `runs_wide`",
  "metric.defined": "`events`",
  "media.logged": "`events`",
  "dataset.used": "`events`",
  "artifact.logged": "`artifacts`, without the file",
  "model.logged": "`events`",
  "model.registered": "`events`",
  "alert.raised": "`events`",
  "console.logged": "`events`",
  "run.resumed": "`events`",
  "run.ended": "`runs`, `events`",
  unknown: "`events`",
};

/** The table of the README. */
export function mappingTable(): Promise<string> {
  return tableOf({ title: "in the tables", places, keeps });
}
