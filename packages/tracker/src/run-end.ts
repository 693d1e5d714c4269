import { type EndStatus, messageOf, type RunEnded, type WriterEnded } from "@runferry/core";
import type { LocalWriter, StoredRun } from "@runferry/local";
import type { RunDelivery } from "./delivery/run-delivery.ts";
import { type EndNow, type ProcessEnd, watchEnding } from "./endings.ts";
import { given } from "./put-media.ts";
import type { Recorder } from "./recorder.ts";
import type { RunFiles } from "./run-files.ts";
import { shellWord } from "./shell-word.ts";
import { durationText } from "./status.ts";

/** The one end of a run, whoever tells of it first: its code, or the process. */
export interface RunEnd {
  readonly isEnded: boolean;
  /** At once; what is under way is counted as lost. */
  now: EndNow;
  /** Where the process dies of an error right after: the end said so far was too good. */
  correctIfUncaught(): void;
}

export interface RunEndParts {
  readonly recorder: Recorder;
  readonly stored: StoredRun;
  readonly writer: LocalWriter;
  readonly files: RunFiles;
  /** What `setStatus` said. */
  readonly wanted: () => EndStatus | undefined;
  /** `experiment/name` */
  readonly subject: string;
  /** What the command needs to find the store: ` --dir …`, or nothing. */
  readonly inStore: string;
  readonly startedAt: number;
  readonly delivery: Pick<RunDelivery, "announce" | "tellEnd">;
}

const mostTrace = 64 * 1024;

export function createRunEnd(parts: RunEndParts): RunEnd {
  const { recorder, stored, writer, files, subject } = parts;
  const { notices } = recorder;
  let isEnded = false;
  let last: RunEnded | WriterEnded | undefined; // what is still to be written

  function now(end: ProcessEnd): void {
    if (isEnded) {
      if (last !== undefined) conclude(); // it could not be written before
      return;
    }
    isEnded = true;
    if (files.waiting.length > 0) {
      const names = files.waiting.slice(0, 5).join(", ");
      recorder.lost(`artifact ${names}`, "the process ended before it was copied", files.waiting.length);
    }
    tellTroubles();
    const status = end.status === "finished" ? (parts.wanted() ?? end.status) : end.status;
    last = recorder.isMain ? endEvent(status, end) : { kind: "writer.ended" };
    conclude();
    if (last?.kind === "run.ended") parts.delivery.tellEnd({ status, ...given({ exitCode: end.exitCode }) });
    sayEnd(status);
  }

  /**
   * Writes the end and closes. Where the disk takes nothing the writer stays open, and the end is tried again when the
   * process ends: its lock then shows readers that the run was cut short, and not that it still goes on.
   */
  function conclude(): void {
    if (last !== undefined && recorder.record(last) === undefined) return;
    last = undefined;
    try {
      writer.flushNow();
      writer.closeNow();
      unwatch();
    } catch (cause) {
      notices.count("lost", "at the end", () => messageOf(cause), 0);
    }
  }

  function endEvent(status: EndStatus, end: ProcessEnd): RunEnded {
    const error = "cause" in end ? errorOf(end.cause) : undefined;
    return { kind: "run.ended", status, ...given({ exitCode: end.exitCode, error, summary: summary() }) };
  }

  function summary(): RunEnded["summary"] {
    try {
      return writer.summary();
    } catch (cause) {
      notices.count("converted", "summary", () => `the end has no summary: ${messageOf(cause)}`);
      return undefined;
    }
  }

  /** In the journal as well, so that whoever looks later is told. What is lost is told by `events.lost`. */
  function tellTroubles(): void {
    const told = notices.troubles.filter(({ kind }) => kind !== "lost");
    if (told.length === 0 || !recorder.isMain) return;
    const text = told.map(({ kind, what, count }) => `${what}: ${kind}, ${count} times`).join("\n");
    recorder.record({ kind: "alert.raised", level: "warn", title: "runferry: logged otherwise than asked", text });
  }

  function sayEnd(status: EndStatus): void {
    const lasted = durationText(Date.now() - parts.startedAt);
    const end = recorder.isMain ? `${status} in ${lasted}` : `stream ${recorder.stream} ended after ${lasted}`;
    // A name that a shell, or the command, would take for something else is told by the id.
    const handle = /^-|\p{Cc}/u.test(subject) ? stored.id : shellWord(subject);
    notices.say(`${subject} ${end} · npx runferry show ${handle}${parts.inStore}`);
    const { troubles } = notices;
    if (troubles.length === 0) return;
    const some = troubles.slice(0, 5).map(({ kind, what, count }) => `${what}: ${kind} ×${count}`);
    notices.say(`${subject}: ${some.join(", ")}${troubles.length > 5 ? ` and ${troubles.length - 5} more` : ""}`);
  }

  function correct(end: ProcessEnd): void {
    if (end.cause === undefined) return;
    try {
      const again = stored.writer();
      again.tryAppend({ kind: "run.resumed" });
      again.tryAppend({
        kind: "run.ended",
        status: "failed",
        ...given({ exitCode: end.exitCode, error: errorOf(end.cause) }),
        summary: again.summary(),
      });
      again.closeNow();
      parts.delivery.announce();
    } catch (cause) {
      notices.say(`${subject} failed, and that could not be noted: ${messageOf(cause)}`);
    }
  }

  const unwatch = watchEnding(now);
  return {
    get isEnded() {
      return isEnded;
    },
    now,
    correctIfUncaught() {
      // An error that leaves `await using` is known to nobody here until nothing has caught it.
      const stop = watchEnding(correct);
      setImmediate(stop);
    },
  };
}

/** Its getters may throw; the run failed all the same. */
function errorOf(cause: unknown): NonNullable<RunEnded["error"]> {
  try {
    if (cause instanceof Error) return partsOf(cause);
  } catch {
    // told below as what cannot be shown
  }
  return { type: typeof cause, message: messageOf(cause).slice(0, mostTrace) };
}

function partsOf(cause: Error): NonNullable<RunEnded["error"]> {
  const type = cause.name && cause.name !== "Error" ? cause.name : cause.constructor.name;
  const trace = typeof cause.stack === "string" ? cause.stack.slice(0, mostTrace) : undefined;
  return { type: String(type), message: String(cause.message).slice(0, mostTrace), ...given({ trace }) };
}
