import { messageOf } from "@runferry/core";
import { expect, it } from "vitest";
import { eventsOf, only, shopIn, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();

const unshowable = Object.create(null) as string; // String() of it throws

it("what cannot be shown neither throws nor rejects", async () => {
  const { tracker } = shopIn(temporary());
  const run = tracker.startRun();
  const throwing = {
    get loss(): number {
      throw unshowable;
    },
  };
  expect(() => run.log(throwing)).not.toThrow();
  expect(() => run.setStatus(unshowable)).not.toThrow();
  expect(await run.logText("x", unshowable)).toMatchObject({ status: "lost" });
  await run.end();
  expect(messageOf(unshowable)).toBe("something that cannot be shown");
});

it("an error whose message throws makes the run failed all the same", async () => {
  const { tracker } = shopIn(temporary());
  const cause = Object.defineProperty(new Error(), "message", {
    get() {
      throw new Error("no");
    },
  });
  const run = tracker.startRun();
  await run.fail(cause);
  const [end] = only(await eventsOf(tracker.dir, run.id), "run.ended");
  expect(end).toMatchObject({ status: "failed", error: { message: "something that cannot be shown" } });
});
