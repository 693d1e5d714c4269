import { describeBackend, describeJournal, describeSource } from "@runferry/testkit";
import { localBackendSubject, localJournalSubject, localSourceSubject } from "./subjects.ts";

describeBackend(localBackendSubject);
describeJournal(localJournalSubject);
describeSource(localSourceSubject);
