import type { Store } from "@runferry/local";
import type { ImportedRunReport } from "./import-runs.ts";
import { plainText } from "./output/plain-text.ts";
import { fullName } from "./run-label.ts";

const quarterMs = 15 * 60_000;
/** From -12 to +14 hours. */
const furthestMs = 26 * 60 * 60_000;

/**
 * Runs whose times have no zone begin at another time when they are read in another zone, and are other runs then. Says
 * so of those that were just taken in, if any.
 */
export function takenTwice(store: Store, imported: readonly ImportedRunReport[]): string | undefined {
  const fresh = new Set(imported.flatMap(({ run, state }) => (state === "new" ? run : [])));
  if (fresh.size === 0 || store.ids().every((id) => fresh.has(id))) return undefined;
  const same = Map.groupBy(takenIn(store), ({ what }) => what);
  const twins = [...same.values()].flatMap((all) =>
    all.flatMap((run) => {
      const twin = fresh.has(run.id) ? all.find((other) => !fresh.has(other.id) && isShifted(run, other)) : undefined;
      return twin ? [{ run, twin }] : [];
    }),
  );
  const [first] = twins;
  if (first === undefined) return undefined;
  const { run, twin } = first;
  const these = twins.length === 1 ? "1 run is" : `${twins.length} runs are`;
  return plainText(
    `${these} in the store twice now, read in two time zones: ${run.name} is ${twin.id} and ${run.id}. Give the --timezone of the first time; to take the second ones back: runferry rm ${run.id}${twins.length > 1 ? " …" : ""}`,
  );
}

interface Taken {
  readonly id: string;
  readonly name: string;
  /** The same for the same run of the same folder, whatever its times are. */
  readonly what: string;
  readonly createdAt: number;
}

function* takenIn(store: Store): IterableIterator<Taken> {
  for (const { id, started } of store.entries()) {
    const { source, experiment, name, createdAt } = started;
    if (source === undefined) continue;
    const what = JSON.stringify([source.layout, source.id, experiment, name]);
    yield { id, name: fullName(started), what, createdAt };
  }
}

function isShifted(a: Taken, b: Taken): boolean {
  const shift = Math.abs(a.createdAt - b.createdAt);
  return shift > 0 && shift <= furthestMs && shift % quarterMs === 0;
}
