import { RunferryError } from "../errors.ts";

const shownBefore = 60;
const shownAfter = 40;

/** Says what is wrong with a text, and shows where by a caret on a line of its own. */
export function filterError(what: string, text: string, at: number, message: string, hint: string): RunferryError {
  const from = Math.max(0, at - shownBefore);
  const to = Math.min(text.length, at + shownAfter);
  const before = (from > 0 ? "…" : "") + plain(text.slice(from, at));
  const after = plain(text.slice(at, to)) + (to < text.length ? "…" : "");
  const caret = " ".repeat([...before].length);
  return new RunferryError("bad_option", `${what}: ${message}\n  ${before}${after}\n  ${caret}^`, {
    hint,
    data: "nothing was changed",
  });
}

/** One line, and nothing in it that moves the cursor. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "·");
}
