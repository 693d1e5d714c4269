import { spawn } from "node:child_process";
import { once } from "node:events";

/**
 * Runs a program that says a character for each step it has done, and kills it once it has said so many, and so much
 * later. Gives its exit code; null where it was killed.
 */
export async function killedChild(
  program: string,
  words: readonly string[],
  killAfter: number = Number.POSITIVE_INFINITY,
  laterMs = 0,
): Promise<number | null> {
  const line = ["--disable-warning=ExperimentalWarning", program, ...words];
  const child = spawn(process.execPath, line, { stdio: ["ignore", "pipe", "ignore"] });
  let said = 0;
  child.stdout.on("data", (steps: Buffer) => {
    said += steps.length;
    if (said < killAfter) return;
    if (laterMs === 0) child.kill("SIGKILL");
    else setTimeout(() => child.kill("SIGKILL"), laterMs);
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}
