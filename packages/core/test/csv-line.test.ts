import { csvLine } from "@runferry/core";
import { expect, test } from "vitest";

test("cells come back as they are: commas, quotes, ends of lines, nothing, and a line of nothing", () => {
  expect(csvLine(["a", "b,c", 'say "x"', "two\nlines", "\r", "", " d "])).toBe(
    'a,"b,c","say ""x""","two\nlines","\r",, d ',
  );
  expect([csvLine([""]), csvLine([]), csvLine(["", ""])]).toEqual(['""', "", ","]);
});
