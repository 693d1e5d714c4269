import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { join } from "node:path";

/** Starts a program of `children/`. */
export function startChild(name: string, ...words: readonly string[]): ChildProcessWithoutNullStreams {
  const flags = ["--disable-warning=ExperimentalWarning"];
  return spawn(process.execPath, [...flags, join(import.meta.dirname, "children", `${name}.ts`), ...words]);
}

/** Resolves when a child has printed something. */
export async function firstWords(child: ChildProcessWithoutNullStreams): Promise<void> {
  await new Promise((resolve) => child.stdout.once("data", resolve));
}

/** Everything a child prints; rejects with what it complains of. */
export async function outputOf(child: ChildProcessWithoutNullStreams): Promise<string> {
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors += text;
  });
  await new Promise((resolve) => child.on("close", resolve));
  if (errors !== "") throw new Error(errors);
  return output;
}
