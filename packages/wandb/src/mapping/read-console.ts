import { type ConsoleLogged, type Dated, toMicros } from "@runferry/core";

/** A line of the console as W&B's own log has it. `lastAt` is the time of one that tells none. */
export function readConsole(line: string, lastAt: number): Dated<ConsoleLogged> {
  const [, error, time, text] = /^(ERROR )?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z? ?(.*)$/s.exec(line) ?? [];
  if (time === undefined) return { kind: "console.logged", from: "stdout", text: `${line}\n`, at: lastAt };
  return consoleLogged(error === undefined ? "stdout" : "stderr", text!, timeOf(time) ?? lastAt);
}

export function consoleLogged(from: ConsoleLogged["from"], text: string, at: number): Dated<ConsoleLogged> {
  return { kind: "console.logged", from, text: `${text}\n`, at };
}

/** Milliseconds of an ISO time in UTC, with its microseconds. */
export function timeOf(iso: string): number | undefined {
  const [, whole, fraction = ""] = /^([\d:T-]+)(?:\.(\d+))?Z?$/.exec(iso) ?? [];
  const at = whole === undefined ? Number.NaN : Date.parse(`${whole}Z`);
  return Number.isNaN(at) ? undefined : toMicros(at + Number(`0.${fraction || 0}`) * 1000);
}
