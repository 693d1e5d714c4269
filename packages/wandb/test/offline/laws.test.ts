import { describeBackend } from "@runferry/testkit";
import { offlineSubject } from "./subject.ts";

describeBackend(offlineSubject);
