import { type ErrorCode, type ErrorDetails, RunferryError } from "@runferry/core";
import { type Meaning, meaningOfSilence, meaningOfStatus, redact } from "@runferry/http";

export interface MlflowAnswer {
  /** The HTTP status; absent where no answer came. */
  readonly status?: number;
  /** What MLflow calls it, e.g. `RESOURCE_DOES_NOT_EXIST`; absent where something else than MLflow answered. */
  readonly mlflowCode?: string;
  /** How long the server asks to be left alone. */
  readonly afterMs?: number;
}

/** What a request to an MLflow server failed with. The message has to be free of secrets. */
export class MlflowError extends RunferryError {
  readonly answer: MlflowAnswer;

  constructor(code: ErrorCode, message: string, details: ErrorDetails & MlflowAnswer) {
    super(code, message, { hint: details.hint, data: details.data, cause: details.cause });
    const { status, mlflowCode, afterMs } = details;
    this.answer = {
      ...(status === undefined ? {} : { status }),
      ...(mlflowCode === undefined ? {} : { mlflowCode }),
      ...(afterMs === undefined ? {} : { afterMs }),
    };
  }
}

const words = {
  name: "MLflow",
  signIn: "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
  askFor: "ask for the right to write there; a server behind another name wants --allowed-hosts",
  missing: "see whether it was deleted, or is in another workspace",
  address: "the tracking URI",
};

/** What an HTTP status means. `fromMlflow`: the body was MLflow's own JSON. */
export function meaningOf(status: number, fromMlflow: boolean): Meaning {
  return meaningOfStatus(status, fromMlflow, words);
}

const silenceWords = { ca: "MLFLOW_TRACKING_SERVER_CERT_PATH", timeout: "MLFLOW_HTTP_REQUEST_TIMEOUT" };

/** What it means that no answer came, or not the whole of one. The cause holds the request with its headers, and stays here. */
export function noAnswer(origin: string, cause: unknown, secrets: readonly string[] = []): MlflowError {
  const { code, message, hint, data } = meaningOfSilence(origin, cause, silenceWords);
  return new MlflowError(code, redact(message, secrets), { hint, data });
}
