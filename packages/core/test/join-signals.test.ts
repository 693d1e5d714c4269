import { expect, test } from "vitest";
import { joinSignals } from "../src/join-signals.ts";

test("it is aborted with any of the others, for its reason, and by itself", () => {
  const [a, b] = [new AbortController(), new AbortController()];
  const both = joinSignals(a.signal, undefined, b.signal);
  const own = joinSignals(a.signal);
  own.abort("enough");
  expect([both.signal.aborted, own.signal.reason]).toEqual([false, "enough"]);
  b.abort("told to");
  a.abort("too late");
  expect(both.signal.reason).toBe("told to");
  expect(joinSignals(b.signal).signal.reason).toBe("told to");
});

test("once released it is on its own", () => {
  const other = new AbortController();
  const joined = joinSignals(other.signal);
  joined.release();
  other.abort();
  expect(joined.signal.aborted).toBe(false);
});
