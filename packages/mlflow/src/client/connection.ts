import { join } from "node:path";
import { type Environment, homeOf, iniSection, namedFile, proxyFor, textIfThere } from "@runferry/http";
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

/** A server, and how it lets us in. */
export interface Connection {
  /** Without credentials and without a slash at its end. */
  readonly uri: string;
  readonly authorization: string | undefined;
  readonly workspace: string | undefined;
  readonly timeoutMs: number;
  readonly tls: TlsOptions;
  readonly proxyFor: (url: URL) => URL | undefined;
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
  proxyFor(new URL(uri), env); // a malformed proxy is said now, not at the first request
  return {
    uri,
    authorization: authorizationOf(options, env, loginInUrl(told) ?? loginInEnvironment(uri, env)),
    workspace: emptyAsNone(options.workspace ?? env.MLFLOW_WORKSPACE),
    timeoutMs: options.timeoutMs ?? (seconds > 0 ? seconds * 1000 : 120_000),
    tls: tlsOf(env),
    proxyFor: (url) => proxyFor(url, env),
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
  const text = textIfThere(join(homeOf(env), ".mlflow", "credentials"));
  const fields = iniSection(text ?? "", "mlflow");
  return loginOf(fields.get("mlflow_tracking_username"), fields.get("mlflow_tracking_password"));
}

function tlsOf(env: Environment): TlsOptions {
  const insecure = /^(true|1)$/i.test(env.MLFLOW_TRACKING_INSECURE_TLS ?? "");
  const server = emptyAsNone(env.MLFLOW_TRACKING_SERVER_CERT_PATH);
  const client = emptyAsNone(env.MLFLOW_TRACKING_CLIENT_CERT_PATH);
  const pem = client === undefined ? undefined : namedFile("MLFLOW_TRACKING_CLIENT_CERT_PATH", client);
  return {
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(server === undefined ? {} : { ca: namedFile("MLFLOW_TRACKING_SERVER_CERT_PATH", server) }),
    ...(pem === undefined ? {} : { cert: pem, key: pem }), // one file holds both, as for MLflow's own client
  };
}

function emptyAsNone(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
