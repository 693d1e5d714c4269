import { type ErrorCode, type ErrorDetails, maskText, RunferryError } from "@runferry/core";

export interface WandbAnswer {
  /** The HTTP status; absent where no answer came. */
  readonly status?: number;
  /** How long the server asks to be left alone. */
  readonly afterMs?: number;
  readonly notBeforeMs?: number;
  /** What is known of what the request did. */
  readonly effect: "none" | "unknown";
}

/** What a request to a W&B server failed with. */
export class WandbError extends RunferryError {
  readonly answer: WandbAnswer;

  constructor(code: ErrorCode, message: string, details: ErrorDetails & WandbAnswer) {
    super(code, maskText(message), { hint: details.hint, data: details.data, cause: details.cause });
    const { status, afterMs, notBeforeMs, effect } = details;
    this.answer = {
      ...(status === undefined ? {} : { status }),
      ...(afterMs === undefined ? {} : { afterMs }),
      ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
      effect,
    };
  }
}
