import { describeBackend } from "@runferry/testkit";
import { describe, vi } from "vitest";
import { borrowMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { peer } from "../../../tools/peers/peer.ts";
import { mlflowSubject } from "./subject.ts";

// Every law starts from an empty place at a real server, and some ask for a few hundred requests.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

describe.skipIf("missing" in peer("mlflow") && !process.env.CI)("against a real server", () => {
  describeBackend(mlflowSubject(borrowMlflow()));
});
