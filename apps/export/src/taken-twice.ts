import type { RunEntry, Store } from "@runferry/local";
import type { ImportedRunReport } from "./import-runs.ts";
import { plainText } from "./output/plain-text.ts";

const quarterMs = 15 * 60_000;
/** From -12 to +14 hours. */
const furthestMs = 26 * 60 * 60_000;

/**
 * Runs whose times have no zone begin at another time when they are read in another zone, and are other runs then. Says
 * so of those that were just taken in, if any.
 */
export function takenTwice(store: Store, imported: readonly ImportedRunReport[]): string | undefined {
  const fresh = new Set(imported.flatMap(({ run, state }) => (state === "new" ? run : [])));
  if (fresh.size === 0) return undefined;
  const same = Map.groupBy(store.list(), ({ started: { source, experiment, name } }) =>
    JSON.stringify([source?.layout, source?.id, experiment, name]),
  );
  const twins = [...same.values()].flatMap((entries) =>
    entries.flatMap((entry) => {
      const twin = fresh.has(entry.id)
        ? entries.find((other) => !fresh.has(other.id) && isShifted(entry, other))
        : undefined;
      return twin ? [{ entry, twin }] : [];
    }),
  );
  const [first] = twins;
  if (first === undefined) return undefined;
  const { entry, twin } = first;
  const these = twins.length === 1 ? "1 run is" : `${twins.length} runs are`;
  const name = `${entry.started.experiment}/${entry.started.name}`;
  return plainText(
    `${these} in the store twice now, read in two time zones: ${name} is ${twin.id} and ${entry.id}. Give the --timezone of the first time; to take the second ones back: runferry rm ${entry.id}${twins.length > 1 ? " …" : ""}`,
  );
}

function isShifted(a: RunEntry, b: RunEntry): boolean {
  if (a.started.source === undefined || b.started.source === undefined) return false;
  const shift = Math.abs(a.started.createdAt - b.started.createdAt);
  return shift > 0 && shift <= furthestMs && shift % quarterMs === 0;
}
