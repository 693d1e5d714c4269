import { type ErrorCode, type ErrorDetails, maskText, RunferryError } from "@runferry/core";

export interface MlflowAnswer {
  /** The HTTP status; absent where no answer came. */
  readonly status?: number;
  /** What MLflow calls it, e.g. `RESOURCE_DOES_NOT_EXIST`; absent where something else than MLflow answered. */
  readonly mlflowCode?: string;
  /** How long the server asks to be left alone. */
  readonly afterMs?: number;
}

/** What a request to an MLflow server failed with. */
export class MlflowError extends RunferryError {
  readonly answer: MlflowAnswer;

  constructor(code: ErrorCode, message: string, details: ErrorDetails & MlflowAnswer) {
    super(code, maskText(message), { hint: details.hint, data: details.data, cause: details.cause });
    const { status, mlflowCode, afterMs } = details;
    this.answer = {
      ...(status === undefined ? {} : { status }),
      ...(mlflowCode === undefined ? {} : { mlflowCode }),
      ...(afterMs === undefined ? {} : { afterMs }),
    };
  }
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly data: string;
}

const nothingDone = "the server wrote nothing of this request";
const unknownDone = "it is not known what of this request the server did; sending it again is safe";

/** The one place where an HTTP status gets its meaning. `fromMlflow`: the body was MLflow's own JSON. */
export function meaningOf(status: number, fromMlflow: boolean): Meaning {
  if (status === 401) {
    const hint = "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN";
    return { code: "needs_credentials", hint, data: nothingDone };
  }
  if (status === 403) {
    const hint = "ask for the right to write there; a server behind another name wants --allowed-hosts";
    return { code: "needs_credentials", hint, data: nothingDone };
  }
  if (status === 407) {
    return { code: "needs_credentials", hint: "put the proxy's user and password into HTTPS_PROXY", data: nothingDone };
  }
  if (status === 404 && fromMlflow) {
    return { code: "not_found", hint: "see whether it was deleted, or is in another workspace", data: nothingDone };
  }
  if (status === 404 || (status >= 200 && status < 400)) {
    const hint =
      "check the tracking URI: this does not answer like MLflow; a proxy or a log-in page may stand before it";
    return { code: "unavailable", hint, data: nothingDone };
  }
  if (status === 429) {
    return { code: "unavailable", hint: "the server asks for a pause; it is tried again", data: nothingDone };
  }
  if (status === 408 || (status >= 500 && status !== 501)) {
    return { code: "unavailable", hint: "wait, or look into the server's log", data: unknownDone };
  }
  return { code: "refused", hint: "the message says what the server does not take", data: nothingDone };
}

/** Why no answer comes, by the code or the words that Node gives; the first that fits. */
const silences: readonly (readonly [RegExp, string])[] = [
  [
    /ECONNREFUSED/,
    "start the server, or correct host and port; one that listens on 127.0.0.1 is only reached from its own machine",
  ],
  [/ENOTFOUND|EAI_AGAIN/, "correct the name of the host, or see to DNS and VPN; a proxy is named by HTTPS_PROXY"],
  [/ALTNAME/, "call the server by a name that its certificate is for"],
  [/CERT_HAS_EXPIRED/, "renew the certificate of the server"],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_/,
    "name the file with the authority's certificate in MLFLOW_TRACKING_SERVER_CERT_PATH: nobody here vouches for the server",
  ],
  [/EPROTO|ERR_SSL|wrong version number/, "write http:// instead of https://: no TLS is spoken there"],
  [
    /ECONNABORTED|ETIMEDOUT|timeout/,
    "see whether a firewall swallows it; a slow server gets more time by MLFLOW_HTTP_REQUEST_TIMEOUT, in seconds",
  ],
];

export function noAnswer(origin: string, cause: unknown): MlflowError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const known = silences.find(([form]) => form.test(`${code} ${why}`));
  return new MlflowError("unavailable", `${origin} does not answer: ${why || code || "the connection broke"}`, {
    hint: known?.[1] ?? "see whether the server runs and can be reached from here",
    data: unknownDone,
  });
}
