import { createFold, type Difference, fold, type Recorded, type RunEvent } from "@runferry/core";
import { keeps } from "../src/index.ts";
import { hostileRun } from "./hostile-run.ts";

/** Where each kind of event is in TensorBoard. */
const places: { readonly [kind: string]: string } = {
  "run.started": "folder `<experiment>/<run>`, text `config`, HPARAMS start",
  "params.set": "text `config`, HPARAMS columns",
  "tags.set": "text `config`",
  "metrics.logged": "SCALARS, one event for each call",
  "metric.defined": "text `config`",
  "media.logged": "IMAGES, AUDIO, HISTOGRAMS, TEXT under `<name>/<type>`",
  "dataset.used": "text `config`",
  "artifact.logged": "of a Keras `model.json` the layers, under GRAPHS",
  "model.logged": "text `config`, by name",
  "model.registered": "text `config`, by name",
  "alert.raised": "text `alerts/<level>`",
  "console.logged": "text `console/stdout`, `console/stderr`",
  "events.lost": "text `alerts/lost`",
  "run.resumed": "a further event file that starts over",
  "run.ended": "text `config`, HPARAMS status",
  unknown: "",
};

/** The table of the README: every kind of event, and what `keeps` says becomes of it. */
export async function mappingTable(): Promise<string> {
  const byKind = new Map<string, Recorded[]>();
  for await (const stream of (await hostileRun()).streams()) {
    for await (const events of stream.read()) {
      for (const event of events) byKind.set(event.kind, [...(byKind.get(event.kind) ?? []), event]);
    }
  }
  const rows = Object.entries(places).map(([kind, place]) => {
    const folding = createFold("run");
    for (const event of byKind.get(kind as RunEvent["kind"]) ?? []) folding.add("main", event);
    const differences = keeps(folding.view()).differences;
    return `| \`${kind}\` | ${place === "" ? "no place" : place} | ${describe(differences)} |`;
  });
  return ["| event | in TensorBoard | differences |", "| --- | --- | --- |", ...rows].join("\n");
}

function describe(differences: readonly Difference[]): string {
  return differences.length === 0 ? "none" : differences.map(({ grade, kind }) => `${grade}: ${kind}`).join("; ");
}

/** The differences of the whole hostile run. */
export async function hostileDifferences(): Promise<readonly Difference[]> {
  return keeps(await fold(await hostileRun(), { mask: true })).differences;
}
