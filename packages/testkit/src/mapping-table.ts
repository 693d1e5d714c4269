import { createFold, type Difference, type Recorded, type RunView } from "@runferry/core";
import { hostileRuns } from "./hostile/hostile-runs.ts";

export interface MappingTableOptions {
  /** The title of the column that says where a kind of event is: `in MLflow`. */
  readonly title: string;
  /** Where each kind of event is; empty where it has no place. */
  readonly places: { readonly [kind: string]: string };
  keeps(view: RunView): RunView;
  /** What a kind of difference is made of, where several changes met in one. */
  readonly partsOf?: (kind: string) => readonly string[];
}

/** The table of a README: every kind of event, and what `keeps` says becomes of it in the hostile runs. */
export async function mappingTable(options: MappingTableOptions): Promise<string> {
  const { title, places, keeps, partsOf = (kind) => [kind] } = options;
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
  const describe = (differences: readonly Difference[]): string => {
    const kinds = differences.flatMap(({ grade, kind }) => partsOf(kind).map((part) => `${grade}: ${part}`));
    return kinds.length === 0 ? "none" : [...new Set(kinds)].sort().join("; ");
  };
  const rows = Object.entries(places).map(([kind, place]) => {
    const told = (byKind.get(kind) ?? []).flatMap((events) => {
      const folding = createFold("run");
      for (const event of events) folding.add("main", event);
      return keeps(folding.view()).differences;
    });
    return `| \`${kind}\` | ${place === "" ? "no place" : place} | ${describe(told)} |`;
  });
  return [`| event | ${title} | differences |`, "| --- | --- | --- |", ...rows].join("\n");
}
