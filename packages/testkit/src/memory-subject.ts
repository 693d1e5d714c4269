import { type Backend, fold, itemsOf, itemText, memoryPlace, type Source } from "@runferry/core";
import type { CrashPoints } from "./crash-points.ts";
import type { BackendSubject } from "./subject.ts";

/** How a place in memory is changed to make a broken one. */
export interface Twist {
  readonly name: string;
  /** Called once for each opening of the place; `shared` lives as long as the place. */
  readonly wrap?: (backend: Backend, shared: Map<string, unknown>) => Backend;
  readonly credentials?: readonly string[];
}

/** The place in memory as a subject of the laws, or with a twist, a place that breaks one. */
export function memorySubject(twist: Twist = { name: "memory" }): BackendSubject {
  return {
    name: twist.name,
    async create() {
      const place = memoryPlace(twist.name);
      const shared = new Map<string, unknown>();
      return {
        async open(crash) {
          const backend = crashing(place.backend(), crash);
          return twist.wrap ? twist.wrap(backend, shared) : backend;
        },
        source: async () => place.source,
        dump: () => dumpOf(place.source),
        ...(twist.credentials ? { credentials: twist.credentials } : {}),
        async remove() {
          // Memory goes by itself.
        },
      };
    },
  };
}

function crashing(backend: Backend, crash: CrashPoints): Backend {
  return {
    ...backend,
    async write(batch, context) {
      crash.point("write");
      const outcome = await backend.write(batch, context);
      crash.point("written, not yet said so");
      return outcome;
    },
  };
}

async function dumpOf(source: Source): Promise<string> {
  let text = "";
  for await (const journal of source.runs()) text += [...itemsOf(await fold(journal))].map(itemText).join("\n");
  return text;
}
