/** Every code a `RunferryError` can carry; `docs/errors.md` has a heading for each. */
export const errorCodes = [
  "bad_event",
  "bad_json",
  "bad_option",
  "closed",
  "contract_broken",
  "cursor_mismatch",
  "damaged",
  "file_missing",
  "format_newer",
  "gone",
  "locked",
  "needs_credentials",
  "not_found",
  "refused",
  "unavailable",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorDetails {
  /** What the reader should do next. */
  readonly hint: string;
  /** What state the data is in: what was written, what was not, what is safe. */
  readonly data: string;
  readonly cause?: unknown;
}

const brand = Symbol.for("runferry.error");

/**
 * The one error of runferry. The message says what and where, `hint` what to do, `data` what state the data is in.
 * Recognise it with `isRunferryError`, which also holds when two copies of this package are loaded.
 */
export class RunferryError extends Error {
  override readonly name = "RunferryError";
  readonly code: ErrorCode;
  readonly hint: string;
  readonly data: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = details.hint;
    this.data = details.data;
    Object.defineProperty(this, brand, { value: true });
  }

  /** The whole story on three lines, for people. */
  explain(): string {
    return `${this.message} [${this.code}]\n  what to do: ${this.hint}\n  your data: ${this.data}`;
  }

  toJSON(): { code: ErrorCode; message: string; hint: string; data: string } {
    return { code: this.code, message: this.message, hint: this.hint, data: this.data };
  }
}

export function isRunferryError(value: unknown, code?: ErrorCode): value is RunferryError {
  if (typeof value !== "object" || value === null || !(brand in value)) return false;
  return code === undefined || (value as unknown as RunferryError).code === code;
}

/** The message of anything that can be thrown. Never throws itself, whatever the getters of `cause` do. */
export function messageOf(cause: unknown): string {
  try {
    return String(cause instanceof Error ? cause.message : cause);
  } catch {
    return "something that cannot be shown";
  }
}
