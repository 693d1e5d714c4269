import { isJsonObject, type MetricDefined, parseJson, stringifyJson } from "@runferry/core";
import { escapeKey } from "./names.ts";

/** A definition as it is kept: its x axis goes by the name that it has there. */
export function keptDefinition({ kind, name, stepMetric, goal }: MetricDefined): MetricDefined {
  return {
    kind,
    name,
    ...(stepMetric === undefined ? {} : { stepMetric: escapeKey(stepMetric) }),
    ...(goal === undefined ? {} : { goal }),
  };
}

export function definitionText({ name, stepMetric, goal }: MetricDefined): string {
  const axis = stepMetric === undefined ? {} : { stepMetric };
  return stringifyJson({ name, ...axis, ...(goal === undefined ? {} : { goal }) });
}

/** Undefined for what is none. */
export function definitionFrom(text: string): MetricDefined | undefined {
  try {
    const json = parseJson(text);
    if (!isJsonObject(json) || typeof json.name !== "string") return undefined;
    const { name, stepMetric, goal } = json;
    return {
      kind: "metric.defined",
      name,
      ...(typeof stepMetric === "string" ? { stepMetric } : {}),
      ...(goal === "min" || goal === "max" ? { goal } : {}),
    };
  } catch {
    return undefined; // somebody else's tag
  }
}
