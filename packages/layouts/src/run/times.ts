import { RunferryError } from "@runferry/core";

/** Reads the times of a foreign store, in milliseconds since 1970. */
export interface Times {
  /** A time as a tracker writes one: ISO with or without a zone, or seconds or milliseconds since 1970. */
  read(value: unknown): number | undefined;
  /** The zone that decided, once a time without one was read. */
  readonly guessedZone: string | undefined;
}

const iso = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d:?\d\d)?$/i;

/** Later than this, in seconds, a number of "seconds" is one of milliseconds: the year 5138. */
const mostSeconds = 1e11;

/** `zone`: what times without one are in, an IANA name such as `Europe/Berlin`. Default: that of this machine. */
export function createTimes(zone: string = Intl.DateTimeFormat().resolvedOptions().timeZone): Times {
  const offsetAt = createOffsets(zone);
  let guessed = false;
  /** The minute that was read last without a zone, and when it began: what is logged after it is mostly in it too. */
  let known = { text: "", begin: 0 };

  function read(value: unknown): number | undefined {
    if (typeof value === "string" && known.text !== "" && value.startsWith(known.text)) {
      const at = timeInMinute(value, known.begin);
      if (at !== undefined) return at;
    }
    if (typeof value === "number") return inRange(value < mostSeconds ? value * 1000 : value);
    const found = typeof value === "string" ? iso.exec(value.trim()) : null;
    if (!found) return undefined;
    const [year, month, day, hour, minute, second] = found.slice(1, 7).map((part) => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const wall = Date.UTC(year, month - 1, day, hour, minute, second);
    // Years before 100 are taken for those of the last century.
    if (Number.isNaN(wall) || year < 100 || month > 12 || day > 31 || hour > 24 || minute > 59 || second > 60)
      return undefined;
    const ms = Math.round(Number(`0.${found[7] ?? "0"}`) * 1e6) / 1e3;
    const stated = found[8];
    if (stated !== undefined) return wall - statedOffset(stated) + ms;
    guessed = true;
    const at = wall - offsetAt(wall);
    if (found[6] !== undefined) known = { text: found[0].slice(0, 16), begin: at - second * 1000 };
    return at + ms;
  }

  return {
    read,
    get guessedZone() {
      return guessed ? zone : undefined;
    },
  };
}

/** The time of `2024-10-15T08:30:12.345678`, whose minute began then; undefined where it is written in another way. */
function timeInMinute(text: string, begin: number): number | undefined {
  if (text.length < 19 || text.length > 26 || text.charCodeAt(16) !== colon) return undefined;
  const seconds = digitsIn(text, 17, 19);
  if (seconds === undefined || seconds > 59) return undefined;
  const at = begin + seconds * 1000;
  if (text.length === 19) return at;
  const part = text.charCodeAt(19) === dot && text.length > 20 ? digitsIn(text, 20, text.length) : undefined;
  return part === undefined ? undefined : at + (part * 10 ** (26 - text.length)) / 1000;
}

const [colon, dot, zero] = [58, 46, 48];

function digitsIn(text: string, from: number, to: number): number | undefined {
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - zero;
    if (!(digit >= 0 && digit <= 9)) return undefined;
    number = number * 10 + digit;
  }
  return number;
}

/** What a date can hold. */
function inRange(ms: number): number | undefined {
  return Math.abs(ms) <= 8.64e15 ? ms : undefined;
}

function statedOffset(text: string): number {
  if (/^z$/i.test(text)) return 0;
  const digits = text.replace(/\D/g, "");
  const ms = (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
  return text.startsWith("-") ? -ms : ms;
}

/** How far clocks on the wall are ahead of UTC when they show `wall`. The earlier of two where an hour comes twice. */
function createOffsets(zone: string): (wall: number) => number {
  const format = formatOf(zone);
  // Zones change on quarters of an hour, and asking for one is slow.
  const quarter = 15 * 60_000;
  const known = new Map<number, number>();

  function offsetOf(utc: number): number {
    const parts = new Map(format.formatToParts(utc).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
    const shown = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
    return shown - Math.floor(utc / 1000) * 1000;
  }

  return (wall) => {
    const key = Math.floor(wall / quarter);
    const there = known.get(key);
    if (there !== undefined) return there;
    const before = offsetOf(wall - 86_400_000);
    const offset = offsetOf(wall - before) === before ? before : offsetOf(wall - offsetOf(wall));
    known.set(key, offset);
    return offset;
  };
}

function formatOf(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat("en-US-u-hc-h23", {
      timeZone: zone,
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  } catch (cause) {
    throw new RunferryError("bad_option", `${JSON.stringify(zone)} is no time zone`, {
      hint: "give an IANA name such as Europe/Berlin, or UTC",
      data: "nothing was read",
      cause,
    });
  }
}
