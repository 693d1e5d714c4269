import { canonicalJson, type DatasetUsed, fileOf, type KeepRules, type RunStarted } from "@runferry/core";

// #region rules
const longestName = 200;

/** The mapping table of the toy file: what becomes of each thing. What has no rule is kept as it is. */
export const toyFileRules: KeepRules = {
  started: (started) => {
    const { user: _user, host: _host, pid: _pid, command: _command, git: _git, system: _system, ...kept } = started;
    return { kept, converted: lacks(kept, started, "the start without user, host, process, command, git and system") };
  },
  ended: (ended) => {
    const { summary: _summary, ...kept } = ended; // it only repeats what the points say
    if (ended.error?.trace === undefined) return { kept };
    const { trace: _trace, ...error } = ended.error;
    return { kept: { ...kept, error }, converted: "errors without their trace" };
  },
  param: ({ name, value }) =>
    typeof value === "string"
      ? { kept: { name, value } }
      : { kept: { name, value: canonicalJson(value) }, converted: "params as JSON text" },
  metricName: (name) =>
    name.length > longestName ? { leftOut: `metrics with names over ${longestName} characters` } : { kept: name },
  point: (point) => {
    const at = Math.floor(point.at);
    const value = Math.fround(point.value);
    const changed = [
      ...(at === point.at ? [] : ["times to whole milliseconds"]),
      ...(Object.is(value, point.value) ? [] : ["values to 32 bits"]),
    ];
    return { kept: { ...point, at, value }, converted: changed.length > 0 ? changed.join(" and ") : undefined };
  },
  artifact: () => ({ leftOut: "artifacts" }),
  replaced: () => ({ leftOut: "artifacts" }),
  media: (media) => (fileOf(media) ? { leftOut: `${media.media.type} files` } : { kept: media }),
  dataset: (dataset) => {
    const { metadata: _metadata, ...kept } = dataset;
    return { kept, converted: lacks(kept, dataset, "datasets without metadata") };
  },
  model: () => ({ leftOut: "models" }),
  registered: () => ({ leftOut: "registered models" }),
  console: () => ({ leftOut: "console lines" }),
  unknown: () => ({ leftOut: "events of unknown kinds" }),
};
// #endregion rules

/** The words, where the copy has fewer fields than the original. */
function lacks(kept: object, thing: RunStarted | DatasetUsed, words: string): string | undefined {
  return Object.keys(kept).length < Object.keys(thing).length ? words : undefined;
}
