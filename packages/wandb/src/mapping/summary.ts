import type { After } from "./after.ts";
import { numberText, plainText } from "./extended-json.ts";
import type { Definition, JsonTexts, Progress } from "./laid.ts";
import { layMedia } from "./media.ts";
import { columnOf, stepColumn } from "./names.ts";

/** The last of everything; with a goal, the smallest or the greatest value too, as `define_metric` has it. */
export function summaryOf(after: After, progress: Progress, startedAt: number): JsonTexts {
  const summary = new Map<string, string>();
  const definitions = after.definitions();
  for (const [column, { name, hasContext, lastValue, least, greatest }] of after.metrics()) {
    const goal = hasContext ? undefined : definitions.get(name)?.goal;
    const last = numberText(lastValue);
    const best = goal === undefined ? "" : `"${goal}":${numberText(goal === "min" ? least : greatest)}`;
    summary.set(column, goal === undefined ? last : `{${best},"last":${last}}`);
  }
  const media = after.media().map((event) => [event, columnOf(event.name, event.context)] as const);
  for (const [event, column] of media.sort(([, a], [, b]) => (a < b ? -1 : 1))) {
    for (const [suffix, text] of layMedia(event)?.values ?? []) summary.set(column + suffix, text);
  }
  if (progress.userStep !== null) summary.set(stepColumn, String(progress.userStep));
  const at = progress.at ?? startedAt;
  summary.set("_step", String(progress.step ?? 0));
  summary.set("_timestamp", timestampText(at));
  summary.set("_runtime", runtimeText(at, startedAt));
  summary.set("_wandb", `{"runtime":${Math.max(0, Math.floor((at - startedAt) / 1000))}}`);
  return summary;
}

export function timestampText(at: number): string {
  return plainText(at / 1000);
}

export function runtimeText(at: number, startedAt: number): string {
  return plainText(Math.round((at - startedAt) * 1000) / 1_000_000);
}

/** Every definition; where steps and rows do not agree, the step is the x axis of whatever always has one. */
export function definitionsOf(after: After, isOffStep: boolean): readonly Definition[] {
  const all = new Map<string, Definition>();
  if (isOffStep) {
    for (const [column, { withoutStep }] of after.metrics()) {
      if (withoutStep === 0) all.set(column, { name: column, stepMetric: stepColumn });
    }
  }
  for (const [name, { stepMetric, goal }] of after.definitions()) {
    const column = columnOf(name);
    const axis = stepMetric === undefined ? all.get(column)?.stepMetric : columnOf(stepMetric);
    all.set(column, {
      name: column,
      ...(axis === undefined ? {} : { stepMetric: axis }),
      ...(goal === undefined ? {} : { goal }),
    });
  }
  return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
