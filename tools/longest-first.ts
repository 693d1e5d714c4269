import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { repository } from "./bundled-node.mjs";

/** Test files that take longest, so that none of them is left to run alone at the end. */
export const longest: readonly string[] = [
  "apps/export/test/matrix/matrix.test.ts",
  "packages/tracker/test/delivery/trackers.test.ts",
  "packages/mlflow/test/laws.test.ts",
  "packages/mlflow/test/python.test.ts",
  "packages/mlflow/test/backend.test.ts",
  "packages/mlflow/test/kill.test.ts",
  "apps/export/test/mlflow.test.ts",
  "packages/mlflow/test/network.test.ts",
  "packages/testkit/test/broken.test.ts",
  "apps/export/test/terminal.test.ts",
  "packages/mlflow/test/faults.test.ts",
  "packages/tables/test/laws.test.ts",
  "packages/wandb/test/online/laws.test.ts",
  "packages/layouts/test/mlflow/same-run.test.ts",
  "apps/export/test/repair.test.ts",
];

/** The order of test files: the longest first, then as vitest has it. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const place = longest.indexOf(relative(repository, moduleId).replaceAll("\\", "/"));
      return place < 0 ? longest.length : place;
    };
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b)); // stable: the others keep their order
  }
}
