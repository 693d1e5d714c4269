import type { Context } from "./command.ts";
import { createProgressScreen, type ProgressForm, type ProgressOutput } from "./output/progress-screen.ts";
import type { Tell } from "./work-progress.ts";

export interface LongWork {
  readonly signal: AbortSignal;
  readonly tell: Tell;
  /** Nothing more is told: what is printed now stays. */
  settle(): void;
}

/** Of work that was stopped by Ctrl-C, as shells have it. */
const interruptedCode = 130;

/**
 * Does work that takes long: it tells how far it is, and ends early on Ctrl-C, with an exit code that says so. A second
 * Ctrl-C ends the process.
 */
export async function longWork(
  context: Context,
  work: (tools: LongWork) => Promise<number>,
  interrupted = "interrupted: nothing is lost; the same command goes on",
): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort(new Error("interrupted"));
  const screen = createProgressScreen(context.progress, formOf(context));
  context.begin();
  process.once("SIGINT", interrupt);
  try {
    const code = await work({ signal: stop.signal, tell: screen.update, settle: screen.end });
    if (!stop.signal.aborted) return code;
  } catch (cause) {
    if (!stop.signal.aborted) throw cause;
  } finally {
    screen.end();
    process.off("SIGINT", interrupt);
  }
  context.note(interrupted);
  return interruptedCode;
}

function formOf({ isJson, progress }: { readonly isJson: boolean; readonly progress: ProgressOutput }): ProgressForm {
  if (isJson) return "json";
  return progress.isTTY === true && process.env.TERM !== "dumb" ? "terminal" : "plain";
}
