import { hostname, userInfo } from "node:os";
import type { RunStarted } from "@runferry/core";
import { gitFacts } from "./git-facts.ts";
import { systemFacts } from "./system-facts.ts";

/** What every run says of where it came from: facts of the run, not params. Never fails. */
export function startFacts(cwd: string, autoLog: boolean): Partial<RunStarted> {
  const git = gitFacts(cwd);
  const user = userName();
  return {
    host: hostname(),
    pid: process.pid,
    command: process.argv,
    ...(user === undefined ? {} : { user }),
    ...(git === undefined ? {} : { git }),
    ...(autoLog ? { system: systemFacts() } : {}),
  };
}

function userName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER; // in a container the user may have no name
  }
}
