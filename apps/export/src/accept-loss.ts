import type { Difference } from "@runferry/core";
import type { Context, Option } from "./command.ts";
import { differenceText } from "./output/difference-text.ts";
import { counted } from "./output/formats.ts";

/** Of commands that move runs. */
export const lossOption: { readonly [name: string]: Option } = {
  "accept-loss": {
    type: "boolean",
    help: "what a run has lost already, in its source or its journal, is told, and is no trouble: exit code 0",
  },
};

/** The exit code where all else is well: 1, and a remark, where something is lost and the command line does not agree to it. */
export function lossCode(context: Context, differences: readonly Difference[]): 0 | 1 {
  const [lost, ...others] = differences.filter(({ grade }) => grade === "lost");
  if (lost === undefined || context.options["accept-loss"] === true) return 0;
  const more = others.length === 0 ? "" : `; and ${counted(others.length, "other kind")} of loss`;
  context.note(`${differenceText(lost, "lost before")}${more}`);
  context.note("this makes it exit code 1; where you agree to it, add --accept-loss");
  return 1;
}
