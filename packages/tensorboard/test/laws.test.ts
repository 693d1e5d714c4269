import { describeBackend } from "@runferry/testkit";
import { test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { tensorboardSubject } from "./subject.ts";

describeBackend(tensorboardSubject);

test("the round trip is looked at with TensorBoard's own reader too", (context) => {
  needPeer(context, "tensorboard");
});
