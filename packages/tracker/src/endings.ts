/** How the process that runs are open in comes to its end. */
export interface ProcessEnd {
  readonly status: "finished" | "failed" | "killed";
  readonly exitCode?: number;
  readonly cause?: unknown;
}

/** Ends a run at once, in a process that will do nothing more. */
export type EndNow = (end: ProcessEnd) => void;

const open = new Set<EndNow>();
const signals = ["SIGINT", "SIGTERM"] as const;
type Signal = (typeof signals)[number];
const numbers: { readonly [S in Signal]: number } = { SIGINT: 2, SIGTERM: 15 };

let uncaught: { readonly cause: unknown } | undefined;
let received: Signal | undefined;

/**
 * Has the run ended when the process ends without a word of it. The process itself ends as it would have: the handlers
 * are there only while a run is open, and a signal that nobody else handles still kills. Gives what undoes it.
 */
export function watchEnding(endNow: EndNow): () => void {
  if (open.size === 0) listen();
  open.add(endNow);
  return () => {
    if (open.delete(endNow) && open.size === 0) unlisten();
  };
}

function listen(): void {
  process.on("exit", onExit);
  process.on("uncaughtExceptionMonitor", onUncaught);
  // First, so that a listener of the user that is there only once can still be seen.
  for (const signal of signals) process.prependListener(signal, onSignal);
}

function unlisten(): void {
  process.off("exit", onExit);
  process.off("uncaughtExceptionMonitor", onUncaught);
  for (const signal of signals) process.off(signal, onSignal);
}

function onExit(exitCode: number): void {
  const wasKilled = uncaught === undefined && received !== undefined && exitCode === 128 + numbers[received];
  const failure: ProcessEnd = { status: wasKilled ? "killed" : "failed", exitCode, ...uncaught };
  endAll(exitCode === 0 ? { status: "finished", exitCode } : failure);
}

function onUncaught(cause: unknown): void {
  uncaught = { cause };
}

const mark = Symbol.for("runferry.signal");
Object.defineProperty(onSignal, mark, { value: true });

function onSignal(signal: NodeJS.Signals): void {
  // Another copy of this package may be loaded: its listener is no handler of the user.
  const others = process.listeners(signal).filter((listener) => !(mark in listener));
  process.off(signal, onSignal);
  if (others.length === 0) {
    endAll({ status: "killed" });
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    return;
  }
  // They decide. Some only act when they are alone, so our listener stays away until they have been called.
  received = signal as Signal;
  setImmediate(() => {
    if (open.size > 0 && !process.listeners(signal).includes(onSignal)) process.prependListener(signal, onSignal);
  });
}

function endAll(end: ProcessEnd): void {
  for (const endNow of [...open]) endNow(end);
}
