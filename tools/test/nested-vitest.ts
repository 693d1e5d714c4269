import { join } from "node:path";
import { repository } from "../bundled-node.mjs";
import { type Ended, runNode } from "../run-program.ts";
import { temporaryTree } from "./temporary-tree.ts";

const configuration = `
import { closingLine } from ${JSON.stringify(join(repository, "tools/closing-line.ts"))};
export default { test: { reporters: ["default", closingLine()] } };
`;

/** Runs one test file in a vitest of its own, below the repository so that it finds the same packages. */
export function nestedVitest(text: string, environment: Readonly<Record<string, string | undefined>>): Promise<Ended> {
  const directory = temporaryTree(
    { "vitest.config.ts": configuration, "nested.test.ts": text },
    join(repository, ".scratch"),
  );
  // What this vitest has set for its own workers would mislead the inner one.
  const clean = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => /^VITEST/.test(name))
      .map((name) => [name, undefined]),
  );
  return runNode(join(repository, "node_modules/vitest/vitest.mjs"), ["run", "--root", directory], {
    directory,
    quiet: true,
    environment: {
      ...clean,
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      TEST: undefined,
      NODE_ENV: undefined,
      ...environment,
    },
  });
}

/** The last line that a program printed. */
export function lastLine({ output }: Ended): string {
  return output.trimEnd().split("\n").at(-1) ?? "";
}
