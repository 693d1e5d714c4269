import { messageOf, RunferryError } from "@runferry/core";
import { systemCode } from "./file-system.ts";

const hints: { readonly [code: string]: string } = {
  ENOSPC: "make room on that disk",
  EDQUOT: "make room: the quota of this user is used up",
  EROFS: "the disk is mounted read-only: mount it for writing, or choose another folder (RUNFERRY_DIR)",
  EACCES: "give this user the right to write there, or choose another folder (RUNFERRY_DIR)",
  EPERM: "give this user the right to write there, or choose another folder (RUNFERRY_DIR)",
  EMFILE: "raise the limit of open files (ulimit -n)",
  ENFILE: "raise the system's limit of open files",
  EIO: "check the disk: it failed to do what it was asked",
};

/** What the disk refused, as an error for people. Anything that did not come from the file system stays as it is. */
export function asTrouble(cause: unknown, what: string, data: string): unknown {
  const code = systemCode(cause);
  if (code === undefined) return cause;
  return new RunferryError("unavailable", `${what}: ${messageOf(cause)}`, {
    hint: hints[code] ?? "see the message of the file system, and try again",
    data,
    cause,
  });
}

/** Runs `work`; what the disk refuses is thrown as an error for people. */
export function explaining<T>(what: string, data: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw asTrouble(cause, what, data);
  }
}
