import { expect, it } from "vitest";
import { retryAfterMs } from "../src/index.ts";

it("reads Retry-After as seconds and as a date, and takes nothing else", () => {
  const now = Date.parse("Wed, 21 Oct 2015 07:28:00 GMT");
  expect(retryAfterMs("7", now)).toBe(7000);
  expect(retryAfterMs("Wed, 21 Oct 2015 07:28:30 GMT", now)).toBe(30_000);
  expect(retryAfterMs("Wed, 21 Oct 2015 07:00:00 GMT", now)).toBe(0);
  expect([retryAfterMs(undefined, now), retryAfterMs("", now), retryAfterMs("soon", now)]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
