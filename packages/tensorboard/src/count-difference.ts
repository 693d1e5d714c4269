import { applyRule, type Recorded, type Tally } from "@runferry/core";
import { keepRules } from "./keep-rules.ts";

/** Counts what becomes of an event that no value of its own stands for. */
export function countDifference(event: Recorded, tally: Tally): void {
  if (event.kind === "artifact.logged") applyRule(event, keepRules.artifact, tally, event.file.path);
  else if (event.kind === "model.logged") applyRule(event, keepRules.model, tally, event.name);
  else if (event.kind === "model.registered") applyRule(event, keepRules.registered, tally, event.name);
  else if (event.kind === "dataset.used") applyRule(event, keepRules.dataset, tally, event.name);
  else if (event.kind === "unknown") applyRule(event, keepRules.unknown, tally, event.was);
  else if (event.kind === "params.set") {
    for (const [name, value] of Object.entries(event.values)) applyRule({ name, value }, keepRules.param, tally, name);
  }
}
