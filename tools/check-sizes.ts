// Holds files small: a file that outgrows its limit holds more than one concept. Part of `npm run check`.
import { repository } from "./bundled-node.mjs";
import { isTest, sourceFiles } from "./source-files.ts";

const sourceLines = 250;
const testLines = 400;

/** The files of a tree that are too long, one sentence each. */
export function sizeFaults(tree: string): readonly string[] {
  return sourceFiles(tree, ["packages", "apps", "tools", "examples", "bench"]).flatMap(({ path, text }) => {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    const limit = isTest(path) ? testLines : sourceLines;
    return lines > limit ? [`${path}: has ${lines} lines, more than ${limit}. Split it by concept.`] : [];
  });
}

if (import.meta.filename === process.argv[1]) {
  const faults = sizeFaults(repository);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
