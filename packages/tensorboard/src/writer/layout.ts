import type { Value } from "../messages.ts";
import { stringTensor } from "../tensor.ts";
import { type Chart, layoutCodec } from "./plugin-schema.ts";
import { badValue } from "./values.ts";

/** Charts by category and title: several tags (or patterns of such), or a value between a lower and an upper one. */
export interface ScalarLayout {
  readonly [category: string]: {
    readonly [chart: string]:
      | readonly ["Multiline", readonly string[]]
      | readonly ["Margin", readonly [value: string, lower: string, upper: string]];
  };
}

export function layoutValue(layout: ScalarLayout): Value {
  const category = Object.entries(layout).map(([title, charts]) => ({
    title,
    chart: Object.entries(charts).map(([name, [type, tags]]) => chartOf(name, type, tags)),
  }));
  const tensor = stringTensor([layoutCodec.encode({ category })]);
  return { tag: "custom_scalars__config__", tensor, metadata: { pluginData: { pluginName: "custom_scalars" } } };
}

function chartOf(title: string, type: "Multiline" | "Margin", tags: readonly string[]): Chart {
  if (type === "Multiline") return { title, multiline: { tag: tags } };
  const [value, lower, upper] = tags;
  if (type === "Margin" && value !== undefined && lower !== undefined && upper !== undefined && tags.length === 3) {
    return { title, margin: { series: [{ value, lower, upper }] } };
  }
  throw badValue(`the chart ${title} is no chart`, 'give ["Multiline", tags] or ["Margin", [value, lower, upper]]');
}
