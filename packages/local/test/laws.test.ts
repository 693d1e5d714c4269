import { describeBackend, describeJournal, describeSource } from "@runferry/testkit";
import { beforeAll, vi } from "vitest";
import { localBackendSubject, localJournalSubject, localSourceSubject } from "./subjects.ts";

// What a crash leaves behind in this process has no heartbeat any more.
beforeAll(() => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
});

describeBackend(localBackendSubject);
describeJournal(localJournalSubject);
describeSource(localSourceSubject);
