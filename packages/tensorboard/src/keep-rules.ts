import { type KeepRules, keepView, type RunView, sameJson } from "@runferry/core";
import { keptMedia } from "./media-value.ts";
import { namedNumbers } from "./named-numbers.ts";
import { tagOfMetric } from "./tags.ts";

/** What becomes of each thing. `write` uses the same rules one by one, so that the two cannot disagree. */
export const keepRules: KeepRules = {
  param: ({ name, value }) => {
    const kept = namedNumbers(value);
    return sameJson(kept, value) ? { kept: { name, value } } : { kept: { name, value: kept }, converted: notFinite };
  },
  metricName: (name) =>
    tagOfMetric(name) === name ? { kept: name } : { kept: name, converted: "metric names escaped" },
  point: (point) => {
    const value = Math.fround(point.value);
    const kept = Object.is(value, point.value) ? point : { ...point, value };
    if (kept !== point) return { kept, converted: Number.isFinite(value) ? "metric values to 32 bits" : tooLarge };
    return point.step === undefined ? { kept, converted: "points without a step counted instead" } : { kept };
  },
  artifact: () => ({ leftOut: "artifacts" }),
  replaced: () => ({ leftOut: "replaced artifacts" }),
  media: (event) => {
    const fate = keptMedia(event.media);
    if ("leftOut" in fate) return fate;
    return { kept: { ...event, media: fate.media }, converted: fate.converted };
  },
  dataset: (dataset) => {
    if (dataset.metadata === undefined) return { kept: dataset };
    const metadata = namedNumbers(dataset.metadata);
    return { kept: { ...dataset, metadata }, converted: sameJson(metadata, dataset.metadata) ? undefined : notFinite };
  },
  model: () => ({ leftOut: "models, which are only named in the config text" }),
  registered: () => ({ leftOut: "registered models, which are only named in the config text" }),
  alert: (alert) => {
    const title = alert.title.toWellFormed();
    const text = alert.text?.toWellFormed();
    const same = title === alert.title && text === alert.text;
    const kept = { ...alert, title, ...(text === undefined ? {} : { text }) };
    return { kept, converted: same ? undefined : notUnicode };
  },
  console: (line) => {
    const text = line.text.toWellFormed();
    return { kept: { ...line, text }, converted: text === line.text ? undefined : notUnicode };
  },
  unknown: () => ({ leftOut: "events of kinds that this version does not know" }),
};

const notFinite = "numbers that JSON has no word for, to text";
const notUnicode = "text that is no Unicode";
const tooLarge = "metric values too large for 32 bits, to infinity";

/** What of a folded run event files can hold, in the form they hold it. */
export function keeps(view: RunView): RunView {
  return keepView(view, keepRules);
}
