import { RunferryError } from "@runferry/core";
import { type ClientOptions, MlflowError, mlflowClient, resolveConnection } from "./client/index.ts";

export interface ServerCheck {
  /** As the server says it; undefined where it does not. */
  readonly version: string | undefined;
  /** How we log in. */
  readonly login: "user and password" | "token" | "none";
}

/** Asks a server for as little as shows that it is MLflow and lets us read. Throws what is wrong, with the remedy. */
export async function checkServer(
  options: ClientOptions & { readonly signal?: AbortSignal } = {},
): Promise<ServerCheck> {
  const { signal } = options;
  const { authorization } = resolveConnection(options);
  const login =
    authorization === undefined ? "none" : authorization.startsWith("Basic ") ? "user and password" : "token";
  const client = mlflowClient(options);
  try {
    for await (const _ of client.tracking.searchExperiments({ pageSize: 1, signal })) break;
    return { version: await client.version({ signal }), login };
  } catch (cause) {
    if (login === "none" || !(cause instanceof MlflowError) || cause.answer.status !== 401) throw cause;
    throw new RunferryError("needs_credentials", `${client.uri} does not take the ${login} it is given`, {
      hint:
        login === "token"
          ? "renew MLFLOW_TRACKING_TOKEN; a user name and password are set as MLFLOW_TRACKING_USERNAME and _PASSWORD"
          : "correct MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or ~/.mlflow/credentials",
      data: "nothing was read or written there",
    });
  } finally {
    client.close();
  }
}
