import type { SourcePlace, SourceSubject } from "./subject.ts";

export interface KeptPlace {
  /** Gives the same place each time. */
  readonly subject: SourceSubject;
  remove(): Promise<void>;
}

/** One place for many laws, each of which opens it anew: to fill a place takes longer than to read it. */
export function keepPlace(subject: SourceSubject): KeptPlace {
  let place: Promise<SourcePlace> | undefined;
  const stays = { remove: async () => undefined };
  return {
    subject: {
      name: subject.name,
      async create() {
        place ??= subject.create();
        return { ...(await place), ...stays };
      },
    },
    remove: async () => (await place)?.remove(),
  };
}
