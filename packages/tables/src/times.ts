import { RunferryError } from "@runferry/core";

/** A time of the journal as the cells `time` (microseconds) and `time_ms` (milliseconds, where the first cannot hold it). */
export function timeCells(at: number): readonly [at: number | null, ms: number | null] {
  const micros = timeCell(at);
  return micros !== null && micros / 1000 === at ? [micros, null] : [micros, at];
}

/** Microseconds since 1970, or null where there are too many for a whole number. */
export function timeCell(at: number): number | null {
  const micros = Math.round(at * 1000);
  return Number.isSafeInteger(micros) ? micros : null;
}

/** `2024-11-21 09:30:00.123456`, UTC, as databases write it. */
export function timeText(micros: number): string {
  const second = Math.floor(micros / 1e6);
  if (second !== lastSecond) {
    const iso = new Date(second * 1000).toISOString();
    lastText = `${iso.slice(0, 10)} ${iso.slice(11, 19)}.`;
    lastSecond = second;
  }
  return lastText + String(micros - second * 1e6).padStart(6, "0");
}

// Rows that follow on one another have mostly the same second, and to take one apart is slow.
let lastSecond = Number.NaN;
let lastText = "";
let lastRead = "";
let lastMicros = Number.NaN;

const secondPattern = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d$/;

/** Reads what `timeText` writes, with fewer decimals too. */
export function microsOf(text: string): number {
  const second = text.slice(0, 19);
  if (second !== lastRead) {
    lastMicros = secondPattern.test(second)
      ? Date.parse(`${second.slice(0, 10)}T${second.slice(11)}Z`) * 1000
      : Number.NaN;
    lastRead = second;
  }
  const rest = text.length === 19 ? ".0" : text.slice(19);
  const micros = lastMicros + (/^\.\d{1,6}$/.test(rest) ? Number(rest.slice(1).padEnd(6, "0")) : Number.NaN);
  if (Number.isSafeInteger(micros)) return micros;
  throw new RunferryError("damaged", `${JSON.stringify(text.slice(0, 40))} is no time`, {
    hint: "write it as 2024-11-21 09:30:00.123456, in UTC",
    data: "nothing was changed",
  });
}
