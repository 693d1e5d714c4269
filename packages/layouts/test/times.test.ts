import { rounds } from "@runferry/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createTimes } from "../src/run/times.ts";

const utc = Date.UTC(2024, 10, 15, 10, 30, 0);

test.each([
  ["2024-11-15T10:30:00Z", utc],
  ["2024-11-15T12:30:00+02:00", utc],
  ["2024-11-15 05:30:00-0500", utc],
  ["2024-11-15T10:30:00.123456Z", utc + 123.456],
  [1731666600, utc],
  [1731666600.5, utc + 500],
  [1731666600000, utc],
])("%s says its zone, or needs none", (text, expected) => {
  const times = createTimes("Asia/Tokyo");
  expect(times.read(text)).toBe(expected);
  expect(times.guessedZone).toBeUndefined();
});

test.each([
  ["UTC", "2024-11-15T10:30:00", utc],
  ["Europe/Berlin", "2024-11-15T11:30:00", utc],
  ["Europe/Berlin", "2024-07-15T12:30:00", Date.UTC(2024, 6, 15, 10, 30)],
  ["Asia/Kolkata", "2024-11-15T16:00:00", utc],
  ["America/New_York", "2024-11-15", Date.UTC(2024, 10, 15, 5)],
  // An hour that does not exist, and one that comes twice.
  ["Europe/Berlin", "2024-03-31T01:59:59", Date.UTC(2024, 2, 31, 0, 59, 59)],
  ["Europe/Berlin", "2024-03-31T03:00:00", Date.UTC(2024, 2, 31, 1)],
  ["Europe/Berlin", "2024-10-27T02:30:00", Date.UTC(2024, 9, 27, 0, 30)],
  ["Europe/Berlin", "2024-10-27T03:00:00", Date.UTC(2024, 9, 27, 2)],
])("in %s, %s is a time of that zone", (zone, text, expected) => {
  const times = createTimes(zone);
  expect(new Date(times.read(text)!).toISOString()).toBe(new Date(expected).toISOString());
  expect(times.guessedZone).toBe(zone);
});

test.each(["", "yesterday", "2024-13-01", "2024-11-15T25:00:00", null, Number.NaN, {}])("%j is no time", (value) => {
  expect(createTimes("UTC").read(value)).toBeUndefined();
});

test("a zone that is none is an error", () => {
  expect(() => createTimes("Mars/Olympus")).toThrow(/"Mars\/Olympus" is no time zone/);
});

test("a time is the same whatever was read before it", () => {
  const zone = "America/New_York";
  const digit = fc.nat({ max: 9 }).map(String);
  const text = fc
    .tuple(
      fc.constantFrom("2024-11-03T01:29", "2024-11-03T01:30", "2024-03-10 02:59"),
      fc.constantFrom("", ":00", ":07", ":59", ":60"),
      fc.array(digit, { maxLength: 9 }).map((digits) => (digits.length > 0 ? `.${digits.join("")}` : "")),
      fc.constantFrom("", "", "", "Z", "+01:00", " ", "x"),
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 10 }), (texts) => {
      const times = createTimes(zone);
      for (const one of texts) expect(times.read(one)).toBe(createTimes(zone).read(one));
    }),
    rounds(300),
  );
});
