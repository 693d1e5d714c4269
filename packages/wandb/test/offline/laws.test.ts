import { describeBackend } from "@runferry/testkit";
import { test, vi } from "vitest";
import { needPeer } from "../../../../tools/peers/peer.ts";
import { offlineSubject } from "./subject.ts";

// `wandb sync` takes its time over some forty runs.
vi.setConfig({ testTimeout: 240_000 });

describeBackend(offlineSubject);

test("the round trip is looked at behind wandb sync too", (context) => {
  needPeer(context, "wandb");
});
