import { describeBackend } from "@runferry/testkit";
import { test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { kinds, subjectOf } from "./kinds.ts";

for (const kind of kinds) describeBackend(subjectOf(kind));

test("the round trip is looked at with DuckDB too", (context) => {
  needPeer(context, "duckdb");
});
