import { describeBackend, describeJournal, describeSource } from "@runferry/testkit";
import { localBackendSubject, localJournalSubject, localSourceSubject } from "./subjects.ts";
import { stillHearts } from "./workshop.ts";

stillHearts();

describeBackend(localBackendSubject);
describeJournal(localJournalSubject);
describeSource(localSourceSubject);
