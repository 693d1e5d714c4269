import type { Layout } from "../layout.ts";
import { customLayout } from "./custom.ts";
import type { WrittenMapping } from "./mapping.ts";
import { readMapping } from "./read-mapping.ts";

interface Preset {
  readonly mark: string;
  readonly mapping: WrittenMapping;
  /** What else a folder of this trainer may look like. */
  readonly or?: WrittenMapping;
}

const trainerState = { file: ["trainer_state.json", "checkpoint-*/trainer_state.json"], pick: "last", keep: true };

/** Mappings that come with runferry: what one writes in `runferry.yaml`, and may extend there. */
const presets: { readonly [name: string]: Preset } = {
  lightning: {
    mark: "metrics.csv beside hparams.yaml (Lightning)",
    mapping: {
      runs: "**",
      needs: ["metrics.csv", "hparams.yaml"],
      params: "hparams.yaml",
      metrics: { file: "metrics.csv", step: "step" },
    },
    // A module without hyperparameters leaves no hparams.yaml.
    or: { runs: ["version_*", "**/version_*"], needs: "metrics.csv" },
  },
  huggingface: {
    mark: "trainer_state.json (Hugging Face)",
    mapping: {
      runs: "**",
      needs: trainerState,
      params: {
        ...trainerState,
        only: ["*_steps", "num_train_epochs", "train_batch_size", "trial_params"],
      },
      tags: { ...trainerState, only: ["best_*", "trial_name"] },
      metrics: { ...trainerState, at: "log_history", step: "step" },
    },
  },
  keras: {
    mark: "*.log or *.csv that begins with epoch, (Keras)",
    mapping: {
      runs: "**",
      metrics: {
        file: ["*.log", "*.csv"],
        begins: ["epoch,"],
        pick: "first",
        format: "csv",
        step: "epoch",
        empty: ["", "NA"],
      },
      leaveOut: "*/**", // it may stand in the folder of a whole project
    },
  },
};

export const presetMappings: ReadonlyMap<string, WrittenMapping> = new Map(
  Object.entries(presets).map(([name, { mapping }]) => [name, mapping]),
);

const kinds = Object.entries(presets).flatMap(([name, { mapping, or }]) =>
  [mapping, ...(or ? [{ ...mapping, ...or }] : [])].map((written) => ({
    name,
    mapping: readMapping(written, name, new Map()),
  })),
);

/** Each preset as a layout of its own. */
export const presetLayouts: readonly Layout[] = Object.entries(presets).map(([name, { mark }]) =>
  customLayout(
    name,
    mark,
    kinds.filter((kind) => kind.name === name),
  ),
);

/** All presets as one layout: a folder may hold runs of several trainers. */
export const trainers: Layout = customLayout(
  "trainers",
  Object.values(presets)
    .map(({ mark }) => mark)
    .join(", "),
  kinds,
);

/** A layout of `runferry.yaml`. `where` is what errors call its mapping. */
export function writtenLayout(name: string, written: WrittenMapping, where: string): Layout {
  const mapping = readMapping(written, where, presetMappings);
  const needs = mapping.needs.map(({ file }) => file.join(" or ")).join(", and ");
  return customLayout(name, `folders ${mapping.runs.join(" or ")} with ${needs}`, [{ name, mapping }]);
}
