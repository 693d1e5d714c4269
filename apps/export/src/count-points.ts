import type { Journal, RunView } from "@runferry/core";

export interface CountedJournal {
  readonly journal: Journal;
  /** How many points of it have been read so far. */
  points(): number;
}

/** The same journal, that tells how many points were read; one that is read again counts once. */
export function countPoints(journal: Journal): CountedJournal {
  const reached = new Map<string, number>();
  let points = 0;
  return {
    points: () => points,
    journal: {
      run: journal.run,
      open: (file, options) => journal.open(file, options),
      async *streams(options) {
        for await (const stream of journal.streams(options)) {
          const { name } = stream;
          yield {
            name,
            async *read(reading) {
              for await (const events of stream.read(reading)) {
                for (const event of events) {
                  if (event.seq <= (reached.get(name) ?? 0)) continue;
                  reached.set(name, event.seq);
                  if (event.kind === "metrics.logged") for (const _ in event.values) points++;
                }
                yield events;
              }
            },
          };
        }
      },
    },
  };
}

/** How many points a run has. */
export function pointsOf({ metrics }: RunView): number {
  return [...metrics.values()].reduce((sum, { series }) => sum + series.length, 0);
}
