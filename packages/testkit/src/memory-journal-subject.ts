import { type MemoryJournal, memoryJournal } from "@runferry/core";
import type { JournalSubject, OpenJournal } from "./subject.ts";

/** The journal in memory as a subject of the laws; `twist` makes a broken one. */
export function memoryJournalSubject(
  name = "memory journal",
  twist: (open: OpenJournal) => OpenJournal = (open) => open,
): JournalSubject {
  return {
    name,
    async create() {
      const journals = new Map<string, MemoryJournal>();
      return {
        async open(run) {
          const journal = journals.get(run) ?? memoryJournal(run);
          journals.set(run, journal);
          return twist({
            journal,
            writer: async (stream) => journal.writer(stream),
            putFile: journal.putFile,
            close: async () => undefined,
          });
        },
        async remove() {
          journals.clear();
        },
      };
    },
  };
}
