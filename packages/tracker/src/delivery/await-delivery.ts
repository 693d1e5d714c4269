import type { Store } from "@runferry/local";
import { type DestinationStatus, deliveryStatus } from "./delivery-status.ts";

export interface AwaitOptions {
  readonly store: Store;
  readonly run: string;
  /** `experiment/name` */
  readonly subject: string;
  readonly limitMs: number;
  /** Whether what is still to come is delivered when this process has ended. */
  readonly goesOn: boolean;
  readonly say: (line: string) => void;
  /** Where a line may move: stderr, if that is a terminal. */
  readonly terminal?: { write(text: string): unknown };
}

const lookEveryMs = 100;
/** Places that a run of this process has waited for in vain: the next run does not wait as long. */
const givenUp = new Set<string>();
const againMs = 1000;
/** A place that has been in trouble for so long is not waited for any longer. */
const stuckMs = 5000;

/**
 * Waits until everything has arrived, or cannot any more without somebody's help, or for the limit; then says what is
 * still to come. Ctrl-C ends the wait. Never rejects.
 */
export async function awaitDelivery(options: AwaitOptions): Promise<void> {
  const { store, run, subject, terminal } = options;
  const startedAt = Date.now();
  const interrupt = interruption();
  let line = "";
  try {
    for (;;) {
      const all = await deliveryStatus(store, run);
      for (const { place, state } of all) if (state === "up to date") givenUp.delete(place);
      const waiting = all.filter(isWaited);
      if (waiting.length === 0) break;
      const waitedMs = Date.now() - startedAt;
      const limitOf = (place: string) => Math.min(options.limitMs, givenUp.has(place) ? againMs : options.limitMs);
      const isHopeful = waiting.some((status) => mayArrive(status) && waitedMs < limitOf(status.place));
      if (!isHopeful || interrupt.isRaised) {
        clear();
        for (const status of waiting) {
          options.say(`${subject}: ${stillToCome(status, options.goesOn)}`);
          givenUp.add(status.place);
        }
        return;
      }
      show(`runferry  ${subject} → ${waiting.map(progressText).join(" · ")} · Ctrl-C: go on without waiting`);
      await interrupt.sleep(lookEveryMs);
    }
    clear();
  } catch {
    clear(); // the store cannot be read: then there is nothing to wait for, and `status` will tell
  } finally {
    interrupt.stop();
  }

  function show(text: string): void {
    if (!terminal || text === line) return;
    line = text;
    terminal.write(`\r\u001b[2K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
  }

  function clear(): void {
    if (line !== "") terminal?.write("\r\u001b[2K");
    line = "";
  }
}

function isWaited({ isFollowed, state, parked }: DestinationStatus): boolean {
  return isFollowed && (state !== "up to date" || parked.length > 0);
}

function mayArrive({ state, lastError }: DestinationStatus): boolean {
  if (state === "gone" || state === "incomplete" || lastError?.code === "needs_credentials") return false;
  return lastError === undefined || Date.now() - lastError.at < stuckMs;
}

function progressText({ place, delivered, waiting }: DestinationStatus): string {
  return `${place} ${delivered}/${delivered + waiting.events}`;
}

/** What a place lacks, and what is to be done about it. */
export function stillToCome({ place, state, waiting, lastError, parked }: DestinationStatus, goesOn = true): string {
  if (state === "gone") return `the run was deleted at ${place}`;
  if (state === "incomplete")
    return `${place} refused ${parked.length} of its events; all else arrived · runferry status`;
  const count = `${waiting.events.toLocaleString("en").replaceAll(",", " ")} ${waiting.events === 1 ? "event" : "events"}`;
  if (lastError?.code === "needs_credentials") {
    return `${place} needs credentials for ${count}: ${lastError.message}; then: runferry sync`;
  }
  const why = lastError === undefined ? "" : ` (${lastError.message})`;
  const who = goesOn
    ? "that goes on without this process · runferry status"
    : "the next start sends them, or runferry sync";
  return `${place} has ${count} still to come${why}; ${who}`;
}

/** What waits now, to be told of Ctrl-C by the one listener there is. */
const waiters = new Set<() => void>();

function onInterrupt(): void {
  for (const raise of [...waiters]) raise();
}

/** Ctrl-C while it waits is meant for the waiting, the next one for the process. */
function interruption() {
  let isRaised = false;
  let wake: () => void = () => undefined;
  if (waiters.size === 0) process.on("SIGINT", onInterrupt);
  waiters.add(raise);

  function raise(): void {
    isRaised = true;
    stop();
    wake();
  }

  function stop(): void {
    if (waiters.delete(raise) && waiters.size === 0) process.off("SIGINT", onInterrupt);
  }

  return {
    get isRaised() {
      return isRaised;
    },
    sleep: (ms: number) =>
      new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
    stop,
  };
}
