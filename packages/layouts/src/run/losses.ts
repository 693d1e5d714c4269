import { sep } from "node:path";
import type { EventsLost } from "@runferry/core";

/** What a source cannot give, by reason: each reason is told once, with how often and the first place. */
export interface Losses {
  add(reason: string, where: string, count?: number): void;
  readonly events: readonly EventsLost[];
}

/** Places are told as they are below `root`: a folder that moved says the same. */
export function createLosses(root: string): Losses {
  const all = new Map<string, { count: number; readonly where: string }>();
  return {
    add(reason, place, count = 1) {
      const where = place.startsWith(root + sep) ? place.slice(root.length + 1).replaceAll(sep, "/") : place;
      const known = all.get(reason);
      if (known) known.count += count;
      else all.set(reason, { count, where });
    },
    get events() {
      return [...all].map(([reason, { count, where }]) => ({ kind: "events.lost", count, reason, where }) as const);
    },
  };
}

/** A place in a file as people write it. */
export function whereOf(path: string, { line, offset }: { readonly line: number; readonly offset: number }): string {
  return `${path}, line ${line} (byte ${offset})`;
}
