import { pythonText } from "@runferry/core";
import type { LoggedRun } from "@runferry/tracker";
import type { Context } from "../command.ts";
import { fullName } from "../run-label.ts";
import { bytesText, numberText } from "./formats.ts";
import { maskedParams } from "./masked-run.ts";
import { plainText } from "./plain-text.ts";

/** The best run, its params and the last value of each metric. */
export function printBestRun(context: Context, run: LoggedRun, metric: string): void {
  context.print(plainText(`best by ${metric}: ${fullName(run)}`));
  for (const [name, value] of Object.entries(maskedParams(run))) {
    context.print(plainText(`  ${name} = ${pythonText(value)}`));
  }
  for (const { name, last } of Object.values(run.metrics)) context.print(plainText(`  ${name}: ${numberText(last)}`));
}

/** Its files, and where they are on this disk. */
export function printArtifacts(context: Context, run: LoggedRun): void {
  for (const { name, bytes, path } of run.artifacts) {
    context.print(plainText(`  ${name}  ${bytesText(bytes)}  ${path ?? "its bytes are not here any more"}`));
  }
}
