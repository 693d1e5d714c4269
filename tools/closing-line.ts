import type { Reporter, TestCase } from "vitest/node";

type Skipped = { readonly name: string; readonly reason: string };

function skippedTest(test: TestCase): Skipped | undefined {
  const result = test.result();
  if (result.state !== "skipped") return undefined;
  return { name: test.fullName, reason: result.note ?? `no reason given, in ${test.module.relativeModuleId}` };
}

function byReason(skipped: readonly Skipped[]): readonly string[] {
  const groups = Map.groupBy(skipped, (test) => test.reason);
  return [...groups].flatMap(([reason, tests]) => [
    `SKIPPED ${tests.length}: ${reason}`,
    ...tests.map((test) => `  - ${test.name}`),
  ]);
}

/**
 * A vitest reporter that lists every skipped test with its reason, and closes with `N passed, N failed` (and
 * `, N skipped`). A file that cannot be loaded and an error outside any test count as failed.
 */
export function closingLine(): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      let passed = 0;
      let failed = unhandledErrors.length;
      const skipped: Skipped[] = [];
      for (const module of modules) {
        failed += module.errors().length;
        for (const suite of module.children.allSuites()) failed += suite.errors().length;
        for (const test of module.children.allTests()) {
          const skip = skippedTest(test);
          if (skip !== undefined) skipped.push(skip);
          else if (test.result().state === "passed") passed += 1;
          else failed += 1;
        }
      }
      const lines = byReason(skipped);
      const tail = skipped.length > 0 ? `, ${skipped.length} skipped` : "";
      console.log([...lines, "", `${passed} passed, ${failed} failed${tail}`].join("\n"));
    },
  };
}
