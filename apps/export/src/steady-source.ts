import { type Journal, mainStream, type Recorded, type Source } from "@runferry/core";

interface Read {
  readonly name: string;
  readonly events: readonly Recorded[];
}

/**
 * A source whose files are being written. What a tracker has half written looks like damage: a run with any is passed over,
 * and `onPassed` told, until `isStill`, when nothing has changed since it was last looked at. Each run is read once and
 * held meanwhile, so that what was found whole is what is taken.
 */
export function steadySource(source: Source, isStill: boolean, onPassed: (run: string) => void): Source {
  return {
    async *runs(asked) {
      for await (const journal of source.runs(asked)) {
        const streams = await readAll(journal, asked?.signal);
        if (isStill || isWhole(journal.run, streams)) yield held(journal, streams);
        else onPassed(journal.run);
      }
    },
  };
}

async function readAll(journal: Journal, signal: AbortSignal | undefined): Promise<readonly Read[]> {
  const streams: Read[] = [];
  for await (const stream of journal.streams()) {
    const events: Recorded[] = [];
    for await (const some of stream.read(signal ? { signal } : {})) events.push(...some);
    streams.push({ name: stream.name, events });
  }
  return streams;
}

/** The id is looked up before the run is read: the two must be of one state of the files. */
function isWhole(run: string, streams: readonly Read[]): boolean {
  const main = streams.find(({ name }) => name === mainStream)?.events ?? [];
  const isThis = main.every((event) => event.kind !== "run.started" || event.id === run);
  return isThis && streams.every(({ events }) => events.every(({ kind }) => kind !== "events.lost"));
}

function held(journal: Journal, streams: readonly Read[]): Journal {
  return {
    ...journal, // with the bytes of its files, from where they are
    async *streams() {
      for (const { name, events } of streams) {
        yield {
          name,
          async *read({ after = 0 } = {}) {
            yield events.filter(({ seq }) => seq > after);
          },
        };
      }
    },
  };
}
