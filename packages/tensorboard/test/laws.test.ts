import { describeBackend } from "@runferry/testkit";
import { tensorboardSubject } from "./subject.ts";

describeBackend(tensorboardSubject);
