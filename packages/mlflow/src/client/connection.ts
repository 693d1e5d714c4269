import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { RunferryError } from "@runferry/core";
import { trackingUri, trackingUrl } from "./tracking-uri.ts";

export interface ConnectionOptions {
  /** `http(s)://…`. Default: MLFLOW_TRACKING_URI. */
  readonly uri?: string;
  readonly username?: string;
  readonly password?: string;
  readonly token?: string;
  readonly workspace?: string;
  readonly timeoutMs?: number;
  /** Where MLflow's variables are looked up. Default: `process.env`. */
  readonly env?: Environment;
}

export type Environment = { readonly [name: string]: string | undefined };

/** A server, and how it lets us in. */
export interface Connection {
  /** Without credentials and without a slash at its end. */
  readonly uri: string;
  readonly authorization: string | undefined;
  readonly workspace: string | undefined;
  readonly timeoutMs: number;
  readonly tls: TlsOptions;
}

export interface TlsOptions {
  readonly rejectUnauthorized?: boolean;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** The connection that MLflow's own client would make with these options and this environment. */
export function resolveConnection(options: ConnectionOptions = {}): Connection {
  const env = options.env ?? process.env;
  const told = options.uri ?? env.MLFLOW_TRACKING_URI;
  const uri = trackingUri(told);
  const seconds = Number(env.MLFLOW_HTTP_REQUEST_TIMEOUT ?? 120);
  return {
    uri,
    authorization: authorizationOf(options, env, loginInUrl(told) ?? loginInEnvironment(uri, env)),
    workspace: emptyAsNone(options.workspace ?? env.MLFLOW_WORKSPACE),
    timeoutMs: options.timeoutMs ?? (seconds > 0 ? seconds * 1000 : 120_000),
    tls: tlsOf(env),
  };
}

interface Login {
  readonly username: string;
  readonly password: string;
}

function authorizationOf(options: ConnectionOptions, env: Environment, fromUrl: Login | undefined): string | undefined {
  const login = loginOf(options.username, options.password);
  if (login) return basic(login);
  if (options.token) return `Bearer ${options.token}`;
  if (fromUrl) return basic(fromUrl);
  const named = loginOf(env.MLFLOW_TRACKING_USERNAME, env.MLFLOW_TRACKING_PASSWORD);
  if (named) return basic(named);
  if (env.MLFLOW_TRACKING_TOKEN) return `Bearer ${env.MLFLOW_TRACKING_TOKEN}`;
  const kept = keptLogin(env);
  return kept && basic(kept);
}

function loginInUrl(uri: string | undefined): Login | undefined {
  const { username, password } = trackingUrl(uri);
  if (username === "") return undefined;
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** An address that was written down has lost the log-in that MLFLOW_TRACKING_URI still has for it. */
function loginInEnvironment(uri: string, { MLFLOW_TRACKING_URI: told = "" }: Environment): Login | undefined {
  return /^https?:\/\//i.test(told) && trackingUri(told) === uri ? loginInUrl(told) : undefined;
}

function basic({ username, password }: Login): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function loginOf(username: string | undefined, password: string | undefined): Login | undefined {
  return username && password !== undefined ? { username, password } : undefined;
}

/** `~/.mlflow/credentials`: an INI file with a section [mlflow]. */
function keptLogin(env: Environment): Login | undefined {
  let text: string;
  try {
    text = readFileSync(join(env.HOME ?? homedir(), ".mlflow", "credentials"), "utf8");
  } catch {
    return undefined; // most people have none
  }
  const fields = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[([^\]]*)\]/.exec(line);
    const field = /^\s*([^#;=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (head) section = head[1]!.trim();
    else if (field && section === "mlflow") fields.set(field[1]!.toLowerCase(), field[2]!);
  }
  return loginOf(fields.get("mlflow_tracking_username"), fields.get("mlflow_tracking_password"));
}

function tlsOf(env: Environment): TlsOptions {
  const insecure = /^(true|1)$/i.test(env.MLFLOW_TRACKING_INSECURE_TLS ?? "");
  const server = emptyAsNone(env.MLFLOW_TRACKING_SERVER_CERT_PATH);
  const client = emptyAsNone(env.MLFLOW_TRACKING_CLIENT_CERT_PATH);
  const pem = client === undefined ? undefined : readPem("MLFLOW_TRACKING_CLIENT_CERT_PATH", client);
  return {
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(server === undefined ? {} : { ca: readPem("MLFLOW_TRACKING_SERVER_CERT_PATH", server) }),
    ...(pem === undefined ? {} : { cert: pem, key: pem }), // one file holds both, as for MLflow's own client
  };
}

function readPem(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new RunferryError("bad_option", `the file that ${variable} names cannot be read: ${path}`, {
      hint: `correct ${variable}, or unset it`,
      data: "nothing was written",
      cause,
    });
  }
}

function emptyAsNone(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
