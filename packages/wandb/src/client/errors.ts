import { type ErrorCode, type ErrorDetails, RunferryError } from "@runferry/core";
import { type Meaning, meaningOfStatus, nothingDone, unknownDone } from "@runferry/http";

export interface WandbAnswer {
  /** The HTTP status; absent where no answer came. */
  readonly status?: number;
  /** How long the server asks to be left alone before the same is tried again. */
  readonly afterMs?: number;
  /** How long its rate limit asks to be left alone. */
  readonly notBeforeMs?: number;
  /** What is known of what the request did. */
  readonly effect: "none" | "unknown";
}

/** What a request to a W&B server failed with. Its text holds no secret. */
export class WandbError extends RunferryError {
  readonly answer: WandbAnswer;

  constructor(code: ErrorCode, message: string, details: ErrorDetails, answer: WandbAnswer) {
    super(code, message, details);
    this.answer = answer;
  }
}

/** What is asked decides what an answer means: a signed address is renewed, an API key is not. */
export type Asked = "graphql" | "file_stream" | "storage" | "identity";

const words = {
  name: "W&B",
  signIn: "set WANDB_API_KEY to a key of this server, or run `wandb login`",
  askFor: "ask for the right to write there, or set WANDB_ENTITY to one that you belong to",
  missing: "check WANDB_ENTITY and WANDB_PROJECT; it may have been deleted",
  address: "WANDB_BASE_URL",
};

const goneMeaning: Meaning = {
  code: "gone",
  hint: "it was deleted there, and W&B never takes its id again in that project: export it with --as <new id>",
  ...nothingDone,
};
const askAgain: Meaning = { code: "unavailable", hint: "it is tried again", ...nothingDone };
const tooMuch: Meaning = { code: "refused", hint: "the server takes no body of this size", ...nothingDone };

/** What a status means. `said`: the words of the answer; `spoke`: they were in a form that W&B uses. */
export function meaningOf(status: number, asked: Asked, spoke: boolean, said = ""): Meaning {
  if (asked === "storage") return meaningOfStorage(status, said);
  if (asked === "identity" && status >= 400 && status < 500 && status !== 408 && status !== 429) {
    const hint = "have the identity provider write a fresh token into the file of WANDB_IDENTITY_TOKEN_FILE";
    return { code: "needs_credentials", hint, ...nothingDone };
  }
  if (status === 410 || wasDeleted.test(said)) return goneMeaning;
  // The server knew the run a moment ago, or nothing would be streamed.
  if (status === 404 && asked === "file_stream" && spoke) return goneMeaning;
  if (status === 409 && asked === "graphql") return askAgain; // two writers of one run at once
  if (status === 413) return tooMuch;
  if (status === 404 && asked === "file_stream") return meaningOfStatus(404, false, words);
  return meaningOfStatus(status, spoke, words);
}

/** A store of files: S3, GCS, Azure, or the W&B server itself. Its addresses expire, which a new one mends. */
function meaningOfStorage(status: number, said: string): Meaning {
  if (status === 404) {
    return { code: "not_found", hint: "see whether the file was deleted there", ...nothingDone };
  }
  const passing =
    [401, 403, 409, 412].includes(status) || /expired|timeout|incomplete|cut off|BadDigest|try again/i.test(said);
  if (status < 500 && passing) {
    return { ...askAgain, hint: "a signed address lives for a while only; it is tried again with a new one" };
  }
  if (status === 413) return tooMuch;
  return meaningOfStatus(status, true, words);
}

const wasDeleted = /previously created and deleted|has been deleted/i;

/** GraphQL says what is wrong in words only, with status 200. */
export function meaningOfWords(said: string): Meaning {
  if (wasDeleted.test(said)) return goneMeaning;
  if (/permission|unauthori[sz]ed|not authori[sz]ed|forbidden|access denied|not logged in/i.test(said)) {
    const code = "needs_credentials";
    return { code, hint: /log/i.test(said) ? words.signIn : words.askFor, ...nothingDone };
  }
  if (/not found|could not find|does not exist/i.test(said)) {
    return { code: "not_found", hint: words.missing, ...nothingDone };
  }
  if (/rate limit|too many requests/i.test(said)) return askAgain;
  if (
    /internal|time[d-]? ?out|unavailable|deadl|overload|try again|retry|conflict|canceled|connection|\bEOF\b/i.test(
      said,
    )
  ) {
    return { code: "unavailable", hint: "wait, or look into the server's log", ...unknownDone };
  }
  return { code: "refused", hint: "the message says what the server does not take", ...nothingDone };
}
