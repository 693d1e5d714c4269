import { isRunferryError, mainStream, messageOf, type Recorded, type RunEvent } from "@runferry/core";
import type { LocalWriter, StoredRun } from "@runferry/local";
import type { Notices } from "./notices.ts";

/** Appends to the journal of a run without ever disturbing the training. */
export interface Recorder {
  readonly isMain: boolean;
  readonly stream: string;
  /** Undefined in a disabled run. */
  readonly stored: StoredRun | undefined;
  readonly notices: Notices;
  /** Undefined where the event is not in the journal; that is counted, said, and told in the journal if it can be. */
  record<E extends RunEvent>(event: E, at?: number): Recorded<E> | undefined;
  /** Notes that something a user logged will not be in the journal. */
  lost(what: string, reason: string, count?: number): void;
}

export interface RecorderParts {
  readonly stored: StoredRun;
  readonly writer: LocalWriter;
  readonly stream: string;
  readonly notices: Notices;
}

export function createRecorder({ stored, writer, stream, notices }: RecorderParts): Recorder {
  function record<E extends RunEvent>(event: E, at?: number): Recorded<E> | undefined {
    const appended = writer.tryAppend(event, at);
    if (appended.status === "recorded") return appended.event;
    if (appended.status === "lost") unwritten(appended.cause);
    else if (isRunferryError(appended.cause, "closed")) afterEnd();
    else lost(event.kind, messageOf(appended.cause));
    return undefined;
  }

  /** The writer counts these itself, and tells of them once writing works again. */
  function unwritten(cause: unknown): void {
    notices.count("lost", "not written", () => {
      const hint = isRunferryError(cause) ? ` · ${cause.hint}` : "";
      return `${messageOf(cause)}${hint} · training goes on, and what is lost is counted`;
    });
  }

  function afterEnd(): void {
    notices.count("lost", "after the end", () => "something was logged after the end of the run, and is not kept");
  }

  function lost(what: string, reason: string, count = 1): void {
    notices.count("lost", what, () => `${what} is not in the run: ${reason}`, count);
    const told = writer.tryAppend({ kind: "events.lost", count, reason: `${what}: ${reason}` });
    if (told.status === "lost") unwritten(told.cause);
  }

  return { isMain: stream === mainStream, stream, stored, notices, record, lost };
}

/** For a run that is switched off: everything can be called, and nothing is kept. */
export function disabledRecorder(notices: Notices): Recorder {
  return {
    isMain: true,
    stream: mainStream,
    stored: undefined,
    notices,
    record: () => undefined,
    lost: () => undefined,
  };
}

/** Why, without the paths of this machine that the file system adds: it goes to the journal. */
export function reasonOf(cause: unknown): string {
  const message = messageOf(cause);
  return cause instanceof Error && "syscall" in cause ? message.split(", ")[0]! : message;
}
