import { describeBackend } from "@runferry/testkit";
import { kinds, subjectOf } from "./kinds.ts";

for (const kind of kinds) describeBackend(subjectOf(kind));
