import { describeBackend } from "@runferry/testkit";
import { vi } from "vitest";
import { wandbSubject } from "./subject.ts";

// Every law starts from an empty server, and some ask for a few hundred requests.
vi.setConfig({ testTimeout: 120_000 });

describeBackend(wandbSubject("one"));
describeBackend(wandbSubject());
