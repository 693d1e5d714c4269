import type { KeepRules } from "@runferry/core";

/** The mapping table of the toy server: what becomes of each thing. What has no rule is kept as it is. */
export const toyServerRules: KeepRules = {
  ended: (ended) => {
    const { summary: _summary, ...kept } = ended; // it only repeats what the points say
    return { kept };
  },
  metricName: (name) => {
    const kept = escapeName(name);
    return { kept, converted: kept === name ? undefined : "metric names escaped" };
  },
  definition: (definition) =>
    definition.stepMetric === undefined
      ? { kept: definition }
      : { kept: { ...definition, stepMetric: escapeName(definition.stepMetric) } },
  point: (point) => {
    const at = Math.round(point.at);
    return { kept: { ...point, at }, converted: at === point.at ? undefined : "times to whole milliseconds" };
  },
  alert: (alert) =>
    alert.level === "info"
      ? { kept: { ...alert, level: "warn" }, converted: "info alerts as warnings" }
      : { kept: alert },
  unknown: () => ({ leftOut: "events of unknown kinds" }),
  supersededStay: "superseded points stay",
  equalPointsMerge: "equal points are one",
};

/**
 * The name with each character that the server refuses as `_x<hex>_`. An underscore in front of an x is written like
 * that too, so that every `_x` begins an escape: no two names become one, and nothing need be remembered.
 */
export function escapeName(name: string): string {
  if (name === "") return "_x_";
  return name.replace(/[^A-Za-z0-9_./ -]|_(?=x)/g, (unit) => `_x${unit.charCodeAt(0).toString(16)}_`);
}
