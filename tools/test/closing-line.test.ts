import { expect, test } from "vitest";
import { lastLine, nestedVitest } from "./nested-vitest.ts";

test("the last line counts every test, and skipped ones are listed by reason", async () => {
  const ended = await nestedVitest(
    `import { expect, test } from "vitest";
     test("good", () => {});
     test("bad", () => expect(1).toBe(2));
     test("needs the moon", (context) => context.skip("no moon tonight"));
     test("also needs the moon", (context) => context.skip("no moon tonight"));
     test.skip("forgotten", () => {});`,
    { CI: undefined },
  );
  expect(ended.ok).toBe(false);
  expect(lastLine(ended)).toBe("1 passed, 1 failed, 3 skipped");
  expect(ended.output).toContain("SKIPPED 2: no moon tonight\n  - needs the moon\n  - also needs the moon\n");
  expect(ended.output).toContain("SKIPPED 1: no reason given, in nested.test.ts\n  - forgotten\n");
});

test("without skipped tests the line has two counts", async () => {
  const ended = await nestedVitest('import { test } from "vitest"; test("good", () => {});', { CI: undefined });
  expect(ended.ok).toBe(true);
  expect(lastLine(ended)).toBe("1 passed, 0 failed");
});

test("a file that cannot be loaded counts as failed", async () => {
  const ended = await nestedVitest('throw new Error("no");', { CI: undefined });
  expect(ended.ok).toBe(false);
  expect(lastLine(ended)).toBe("0 passed, 1 failed");
});

test("an error outside any test counts as failed", async () => {
  const ended = await nestedVitest(
    'import { test } from "vitest"; test("good", () => { setTimeout(() => { throw new Error("late"); }, 1); return new Promise((done) => setTimeout(done, 50)); });',
    { CI: undefined },
  );
  expect(ended.ok).toBe(false);
  expect(lastLine(ended)).toBe("1 passed, 1 failed");
});
