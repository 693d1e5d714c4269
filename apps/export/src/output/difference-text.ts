import type { Difference } from "@runferry/core";
import { countText } from "./formats.ts";
import { plainText, shortened } from "./plain-text.ts";

/** Reasons name files, and repeat what servers said; --json has all of it. */
export const mostOfReason = 160;

/** `3 converted: points without a step at step 0, e.g. test_loss` */
export function differenceText({ grade, kind, count, example }: Difference, called: string = grade): string {
  const such = example === undefined ? "" : `, e.g. ${shortened(example, 60)}`;
  return plainText(`${countText(count)} ${called}: ${shortened(kind, mostOfReason)}${such}`);
}
