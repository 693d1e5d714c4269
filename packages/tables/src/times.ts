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
  const ms = Math.floor(micros / 1000);
  const iso = new Date(ms).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 23)}${String(micros - ms * 1000).padStart(3, "0")}`;
}

const timePattern = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?$/;

/** Reads what `timeText` writes, with fewer decimals too. */
export function microsOf(text: string): number {
  const found = timePattern.exec(text);
  const ms = found ? Date.parse(`${found[1]}T${found[2]}Z`) : Number.NaN;
  if (!found || Number.isNaN(ms)) {
    throw new RunferryError("damaged", `${JSON.stringify(text.slice(0, 40))} is no time`, {
      hint: "write it as 2024-11-21 09:30:00.123456, in UTC",
      data: "nothing was changed",
    });
  }
  return ms * 1000 + Number((found[3] ?? "").padEnd(6, "0"));
}
