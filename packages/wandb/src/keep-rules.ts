import {
  addDifferences,
  createTally,
  type DatasetUsed,
  type Dated,
  type KeepRules,
  keepView,
  type RunStarted,
  type RunView,
} from "@runferry/core";
import { sameDataset } from "./mapping/artifacts.ts";
import { consoleWords, keptConsole } from "./mapping/console-lines.ts";
import { keptMedia } from "./mapping/media.ts";
import { columnOf, configKeyOf, filePath, isTag } from "./mapping/names.ts";
import { configValue } from "./mapping/params.ts";

/** What becomes of each thing. `layBatch` uses the same rules one by one, so that the two cannot disagree. */
export const keepRules: KeepRules = {
  param: ({ name, value }) => {
    const kept = { name, value: configValue(value) };
    if (kept.value !== value) return { kept, converted: "numbers out of range, to text" };
    return { kept, converted: configKeyOf(name) === name ? undefined : "param names escaped" };
  },
  tag: (tag) => ({ kept: tag, converted: tag.value === "" && isTag(tag.name) ? undefined : "tags in the config" }),
  metricName: (name) => ({ kept: name, converted: columnOf(name) === name ? undefined : "metric names escaped" }),
  artifact: (artifact, started) => {
    if (artifact.reference !== undefined) return { leftOut: "artifacts that are only referred to" };
    const kept = { kind: artifact.kind, at: startOf(started), file: artifact.file };
    const escaped = filePath(artifact.file.path) === artifact.file.path ? "" : ", escaped";
    const bare = artifact.type === undefined && artifact.metadata === undefined ? "" : ", without type and metadata";
    return { kept, converted: `artifacts: bytes and path${escaped}${bare}` };
  },
  replaced: () => ({ leftOut: "replaced versions of artifacts" }),
  media: keptMedia,
  dataset: (dataset, started) => ({
    kept: { ...dataset, at: startOf(started) },
    converted: dataset.at === startOf(started) ? undefined : "datasets without a time",
  }),
  unknown: () => ({ leftOut: "events of kinds that this version does not know" }),
  supersededStay: "superseded points stay",
};

export const usedAgain = "further uses of the same dataset";

/** W&B has no time for what it only lists: it is as old as the run. */
function startOf(started: RunStarted | undefined): number {
  return started?.createdAt ?? 0;
}

/** What of a folded run W&B can hold, in the form it holds it. */
export function keeps(view: RunView): RunView {
  const kept = keepView(view, keepRules);
  const tally = createTally();
  const lines = kept.console.flatMap((event) => {
    const { kept: all, difference } = keptConsole(event);
    if (difference) tally.add(...difference, event.from);
    return all;
  });
  const datasets = kept.datasets.filter((dataset, i, all) => firstOf(all, dataset) === i);
  tally.add("left out", usedAgain, datasets[0]?.name, kept.datasets.length - datasets.length);
  return { ...kept, console: lines, datasets, differences: addDifferences(kept.differences, tally.differences) };
}

function firstOf(all: readonly Dated<DatasetUsed>[], dataset: DatasetUsed): number {
  return all.findIndex((one) => sameDataset(one, dataset));
}

export { consoleWords };
