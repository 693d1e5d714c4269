/** A number for people: six digits, as many as a table needs. */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return "-0";
  if (!Number.isFinite(value) || Number.isInteger(value)) {
    return Math.abs(value) < 1e15 ? String(value) : Number.isFinite(value) ? value.toPrecision(6) : String(value);
  }
  return String(Number(value.toPrecision(6)));
}

/** `2026-11-21 09:30`, in the time of this machine. */
export function timeText(at: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "–";
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let size = bytes;
  let unit = 0;
  for (; size >= 999.5 && unit < units.length - 1; unit++) size /= 1000;
  return `${unit === 0 ? size : Number(size.toPrecision(3))} ${units[unit]}`;
}

/** `1 run`, `26 104 runs` */
export function counted(count: number, what: string, several = `${what}s`): string {
  return `${grouped(count)} ${count === 1 ? what : several}`;
}

/** `950`, `26 104`, `7.6 M`. */
export function countText(count: number): string {
  if (count >= 1e6) return `${Number((count / 1e6).toPrecision(count >= 1e8 ? 3 : 2))} M`;
  return grouped(count);
}

/** A count in a table, where none is no more than a dash. */
export function dash(count: number): string {
  return count === 0 ? "–" : countText(count);
}

function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** `22 s`, `14 min`, `3 h`. */
export function secondsText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
