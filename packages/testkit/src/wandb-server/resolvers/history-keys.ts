import { parseExtended } from "../extended-json.ts";
import type { HeldRun } from "../state.ts";
import type { Fields } from "./context.ts";

/** What the history holds: the names with the types of their values, and the last step. */
export function historyKeys(run: HeldRun): Fields {
  const counts = new Map<string, Map<string, number>>();
  let lastStep = -1;
  for (const line of run.lines.of("wandb-history.jsonl")) {
    const row = line === undefined ? undefined : parseExtended(line);
    if (typeof row !== "object" || row === null) continue;
    for (const [name, value] of flat(row)) {
      const types = counts.get(name) ?? new Map<string, number>();
      const type = typeName(value);
      types.set(type, (types.get(type) ?? 0) + 1);
      counts.set(name, types);
      if (name === "_step" && typeof value === "number") lastStep = Math.max(lastStep, value);
    }
  }
  const keys = [...counts].map(([name, types]) => [
    name,
    { typeCounts: [...types].map(([type, count]) => ({ type, count })), monotonic: false, previousValue: -1 },
  ]);
  return { lastStep, sets: [], keys: Object.fromEntries(keys) };
}

/** Nested objects by their dotted paths; a media object is one value. */
function* flat(row: object, prefix = ""): Iterable<readonly [string, unknown]> {
  for (const [key, value] of Object.entries(row)) {
    const nested = typeof value === "object" && value !== null && !Array.isArray(value) && !("_type" in value);
    if (nested) yield* flat(value, `${prefix}${key}.`);
    else yield [`${prefix}${key}`, value];
  }
}

function typeName(value: unknown): string {
  if (typeof value === "object" && value !== null && "_type" in value) return String(value._type);
  if (Array.isArray(value)) return "list";
  if (value === null) return "nil";
  return typeof value;
}
