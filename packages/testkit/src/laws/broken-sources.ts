import type { Journal, Recorded, Source } from "@runferry/core";
import { memorySourceSubject } from "../memory-source-subject.ts";
import type { SourceSubject } from "../subject.ts";

/** One for each law of sources, by the name of the law. */
export const brokenSources: ReadonlyMap<string, SourceSubject> = new Map([
  broken("it lists every run once", "lists a run on two pages", (source) => ({
    async *runs(options) {
      yield* source.runs(options);
      if (!options?.ids) yield* source.runs(options);
    },
  })),
  broken("it finds runs by id, and none that are not there", "does not look at ids", (source) => ({
    runs: ({ signal } = {}) => source.runs(signal ? { signal } : {}),
  })),
  broken("it gives what is there", "gives the first of every page", (source) =>
    reading(source, (events) => events.slice(0, 3)),
  ),
  broken("it gives the same again", "makes up times", (source) => {
    let read = 0;
    return reading(source, (events) => events.map((event) => ({ ...event, at: event.at + ++read })));
  }),
  broken("its journals keep the order of journals", "numbers from the end", (source) =>
    reading(source, (events) => [...events].reverse()),
  ),
  ["reading changes nothing", changingDigest()],
  broken("it stops with the signal", "does not hear the signal", (source) => ({
    runs: ({ ids } = {}) => source.runs(ids ? { ids } : {}),
  })),
  broken("a missing file is named", "takes a missing file for an empty one", (source) =>
    twisted(source, (journal) => ({
      ...journal,
      async *open(file, options) {
        try {
          yield* journal.open(file, options);
        } catch {
          yield new Uint8Array(0);
        }
      },
    })),
  ),
]);

function broken(law: string, how: string, twist: (source: Source) => Source): readonly [string, SourceSubject] {
  return [law, memorySourceSubject(how, twist)];
}

function twisted(source: Source, change: (journal: Journal) => Journal): Source {
  return {
    async *runs(options) {
      for await (const journal of source.runs(options)) yield change(journal);
    },
  };
}

function reading(source: Source, change: (events: readonly Recorded[]) => readonly Recorded[]): Source {
  return twisted(source, (journal) => ({
    ...journal,
    async *streams(options) {
      for await (const stream of journal.streams(options)) {
        yield {
          name: stream.name,
          async *read(range) {
            for await (const events of stream.read(range)) yield change(events);
          },
        };
      }
    },
  }));
}

/** A source that leaves its mark wherever it reads. */
function changingDigest(): SourceSubject {
  const subject = memorySourceSubject("leaves a mark where it reads");
  return {
    name: subject.name,
    async create() {
      const place = await subject.create();
      let marks = 0;
      const marking = (journal: Journal) => {
        marks++;
        return journal;
      };
      return {
        ...place,
        open: () => twisted(place.open(), marking),
        digest: async () => `${await place.digest()}${marks}`,
      };
    },
  };
}
