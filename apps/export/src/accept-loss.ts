import { countOf, type Difference } from "@runferry/core";
import type { Context, Option } from "./command.ts";

/** Of commands that move runs. */
export const lossOption: { readonly [name: string]: Option } = {
  "accept-loss": {
    type: "boolean",
    help: "what a run has lost already, in its source or its journal, is told, and is no trouble: exit code 0",
  },
};

/** The exit code where all else is well: 1, and a remark, where something is lost and the command line does not agree to it. */
export function lossCode(context: Context, differences: readonly Difference[]): 0 | 1 {
  if (countOf(differences, "lost") === 0 || context.options["accept-loss"] === true) return 0;
  context.note("what was lost before this makes it exit code 1; where you agree to it, add --accept-loss");
  return 1;
}
