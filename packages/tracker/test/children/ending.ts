// Logs, and comes to its end in the way its first word says.
import { startRun } from "@runferry/tracker";

class OutOfLuck extends Error {}

const ways: { readonly [way: string]: () => unknown } = {
  "exit 0": () => undefined,
  "exit 3": () => process.exit(3),
  "exit code 4": () => {
    process.exitCode = 4;
  },
  throw: () => {
    throw new OutOfLuck("the loss is NaN");
  },
  reject: () => {
    Promise.reject(new OutOfLuck("rejected"));
  },
  wait: () => {
    setInterval(() => undefined, 1000);
    console.log("ready");
  },
  "handle and finish": () => {
    const timer = setInterval(() => undefined, 1000);
    process.once("SIGTERM", () => {
      run.log({ loss: 0.25 }, 2);
      clearInterval(timer);
    });
    console.log("ready");
  },
  "handle and exit": () => {
    setInterval(() => undefined, 1000);
    process.on("SIGINT", () => process.exit(130));
    console.log("ready");
  },
  // What the package signal-exit does: it kills where it is alone.
  "handle like signal-exit": () => {
    setInterval(() => undefined, 1000);
    const listener = () => {
      if (process.listenerCount("SIGINT") !== 1) return;
      process.off("SIGINT", listener);
      process.kill(process.pid, "SIGINT");
    };
    process.on("SIGINT", listener);
    console.log("ready");
  },
  "catch everything": () => {
    process.on("uncaughtException", () => process.exit(7));
    throw new OutOfLuck("caught");
  },
  // What `await using` does, which not every Node has yet.
  "leave await using": async () => {
    const inner = startRun({ experiment: "inner" });
    try {
      inner.log({ loss: 1 });
      throw new OutOfLuck("left");
    } finally {
      await inner[Symbol.asyncDispose]();
    }
  },
  "exit while copying": () => {
    run.logArtifact(process.execPath, "node");
    process.exit(0);
  },
  "end, then fail": async () => {
    await run.end();
    process.exit(5);
  },
};

const run = startRun({ experiment: "endings" });
run.log({ loss: 0.5 }, 1);
ways[process.argv[2]!]!();
