import type { Journal, Recorded, Stream, Writer } from "@runferry/core";
import { memoryJournalSubject } from "../memory-journal-subject.ts";
import type { JournalSubject, OpenJournal } from "../subject.ts";

/** One for each law of journals, by the name of the law. */
export const brokenJournals: ReadonlyMap<string, JournalSubject> = new Map([
  broken("seq counts 1, 2, 3 and time never falls", "believes every clock", (open) => {
    const given = new Map<number, number>();
    const writer = async (stream?: string): Promise<Writer> => {
      const inner = await open.writer(stream);
      return {
        ...inner,
        append(event, at) {
          const recorded = inner.append(event, at);
          if (at !== undefined) given.set(recorded.seq, at);
          return recorded;
        },
      };
    };
    return { ...reading(open, (event) => ({ ...event, at: given.get(event.seq) ?? event.at })), writer };
  }),
  broken("what was appended is read", "goes through JSON", (open) =>
    reading(open, (event) => JSON.parse(JSON.stringify(event)) as Recorded),
  ),
  broken("read begins after any seq", "is off by one", (open) =>
    reading(open, (event) => event, { after: (after) => (after > 3 ? after + 1 : after) }),
  ),
  broken("a follower sees what comes, and ends with the stream", "follows no stream", (open) =>
    reading(open, (event) => event, { follow: () => false }),
  ),
  broken("a follower of the journal sees streams that appear", "looks for streams once", (open) => ({
    ...open,
    journal: { ...open.journal, streams: ({ signal } = {}) => open.journal.streams(signal ? { signal } : {}) },
  })),
  broken("following ends with the signal", "follows for ever", (open) =>
    reading(open, (event) => event, { deaf: true }),
  ),
  broken("a bad event is refused whole", "writes what it refuses", (open) => ({
    ...open,
    async writer(stream) {
      const inner = await open.writer(stream);
      return {
        ...inner,
        append(event, at) {
          try {
            return inner.append(event, at);
          } catch (cause) {
            inner.append({ kind: "tags.set", values: {} });
            throw cause;
          }
        },
      };
    },
  })),
  broken("one writer per stream, and closed means closed", "never closes a writer", (open) => ({
    ...open,
    writer: async (stream) => ({ ...(await open.writer(stream)), close: async () => undefined }),
  })),
  broken("it is the same when it is opened again", "opens an empty journal each time", (open) => open, true),
  broken("files are read from any byte, and missing ones are named", "reads files from the start", (open) => ({
    ...open,
    journal: { ...open.journal, open: (file) => open.journal.open(file) },
  })),
]);

function broken(
  law: string,
  how: string,
  twist: (open: OpenJournal) => OpenJournal,
  forgets = false,
): readonly [string, JournalSubject] {
  const subject = memoryJournalSubject(how, twist);
  if (!forgets) return [law, subject];
  return [
    law,
    {
      name: how,
      async create() {
        return { open: async (run) => (await subject.create()).open(run), remove: async () => undefined };
      },
    },
  ];
}

interface ReadTwist {
  readonly after?: (after: number) => number;
  readonly follow?: (follow: boolean) => boolean;
  readonly deaf?: boolean;
}

function reading(open: OpenJournal, change: (event: Recorded) => Recorded, twist: ReadTwist = {}): OpenJournal {
  const twisted = (stream: Stream): Stream => ({
    name: stream.name,
    async *read({ after = 0, follow = false, signal } = {}) {
      const options = {
        after: twist.after?.(after) ?? after,
        follow: twist.follow?.(follow) ?? follow,
        ...(signal && !twist.deaf ? { signal } : {}),
      };
      for await (const events of stream.read(options)) yield events.map(change);
    },
  });
  const journal: Journal = {
    run: open.journal.run,
    async *streams(options) {
      for await (const stream of open.journal.streams(options)) yield twisted(stream);
    },
    open: (file, options) => open.journal.open(file, options),
  };
  return { ...open, journal };
}
