import {
  describeBackend,
  describeJournal,
  describeSource,
  memoryJournalSubject,
  memorySourceSubject,
  memorySubject,
} from "@runferry/testkit";

describeBackend(memorySubject());
describeJournal(memoryJournalSubject());
describeSource(memorySourceSubject());
