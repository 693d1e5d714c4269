import { RunferryError } from "@runferry/core";
import { type Environment, namedFile, proxyFor, setIn } from "@runferry/http";
import { type Credentials, findCredentials } from "./credentials.ts";
import { appUrlOf, defaultBaseUrl, serverUrl } from "./server-url.ts";
import { readSettings } from "./settings-files.ts";

export interface ConnectionOptions {
  /** Default: WANDB_BASE_URL, then the settings files, then the public server. */
  readonly baseUrl?: string;
  /** Default: WANDB_ENTITY, then the settings files. Empty: none, whatever those say. The same holds for the project. */
  readonly entity?: string;
  readonly project?: string;
  /** Default: WANDB_API_KEY or WANDB_IDENTITY_TOKEN_FILE, then netrc, then the settings files. */
  readonly apiKey?: string;
  /** Where W&B's variables are looked up. Default: `process.env`. */
  readonly env?: Environment;
  /** The folder whose `wandb/settings` is read. Default: WANDB_DIR, then the current one. */
  readonly folder?: string;
}

export type WandbMode = "online" | "offline" | "disabled";

/** A server, and how it lets us in. Secrets stand behind functions, so that none is printed with it. */
export interface Connection {
  /** Without credentials and without a slash at its end. */
  readonly baseUrl: string;
  readonly appUrl: string;
  readonly entity: string | undefined;
  readonly project: string | undefined;
  readonly mode: WandbMode;
  /** Undefined where none were found; every call then throws `needs_credentials`. */
  readonly credentials: Credentials | undefined;
  /** Whom a run belongs to that a service account sends. */
  readonly onBehalfOf: { readonly username: string | undefined; readonly email: string | undefined };
  /** What the user wants sent with every request. */
  readonly extraHeaders: () => { readonly [name: string]: string };
  readonly proxyFor: (url: URL) => URL | undefined;
  readonly tls: { readonly rejectUnauthorized?: boolean; readonly ca?: string };
  readonly timeouts: {
    readonly graphqlMs: number;
    readonly fileStreamMs: number;
    /** How long the store of files may stand still. */
    readonly storageMs: number;
  };
}

/** The connection that W&B's own client would make with these options, this environment and its files. */
export function resolveConnection(options: ConnectionOptions = {}): Connection {
  const env = options.env ?? process.env;
  const settings = readSettings(env, options.folder ?? setIn(env, "WANDB_DIR") ?? process.cwd());
  const setting = (name: string) => setIn(env, `WANDB_${name.toUpperCase()}`) ?? (settings.get(name) || undefined);
  const baseUrl = serverUrl(options.baseUrl ?? setting("base_url") ?? defaultBaseUrl, nameOfUrl(options, env));
  const connection: Connection = {
    baseUrl,
    appUrl: (setIn(env, "WANDB_APP_URL") ?? appUrlOf(baseUrl)).replace(/\/+$/, ""),
    entity: (options.entity ?? setting("entity")) || undefined,
    project: (options.project ?? setting("project")) || undefined,
    mode: modeOf(setting("mode")),
    credentials: findCredentials({ baseUrl, apiKey: options.apiKey, env, settings }),
    onBehalfOf: { username: setting("username"), email: setIn(env, "WANDB_USER_EMAIL") ?? settings.get("email") },
    extraHeaders: extraHeadersOf(env),
    proxyFor: (url) => {
      const name = url.protocol === "https:" ? "WANDB_HTTPS_PROXY" : "WANDB_HTTP_PROXY";
      const own = setting(name.slice("WANDB_".length).toLowerCase());
      // W&B's own client sends nothing for this machine itself to a proxy, unless that is named for W&B.
      if (own === undefined && isLoopback(url.hostname)) return undefined;
      return proxyFor(url, { ...env, [name]: own }, [name]);
    },
    tls: tlsOf(env, setting("insecure_disable_ssl")),
    timeouts: {
      graphqlMs: secondsOf(env, "WANDB_HTTP_TIMEOUT", 30) * 1000,
      fileStreamMs: 180_000,
      storageMs: secondsOf(env, "WANDB_FILE_PUSHER_TIMEOUT", 300) * 1000,
    },
  };
  connection.proxyFor(new URL(baseUrl)); // a malformed proxy is said now, not at the first request
  return connection;
}

function nameOfUrl(options: ConnectionOptions, env: Environment): string {
  if (options.baseUrl !== undefined) return "baseUrl";
  return setIn(env, "WANDB_BASE_URL") === undefined ? "base_url in the settings file" : "WANDB_BASE_URL";
}

function modeOf(text: string | undefined): WandbMode {
  if (text === undefined || text === "online" || text === "run" || text === "shared") return "online";
  if (text === "offline" || text === "dryrun") return "offline";
  if (text === "disabled") return "disabled";
  throw badSetting("WANDB_MODE", "is none of online, offline and disabled");
}

function extraHeadersOf(env: Environment): Connection["extraHeaders"] {
  const name = ["WANDB_X_EXTRA_HTTP_HEADERS", "WANDB__EXTRA_HTTP_HEADERS"].find((name) => setIn(env, name));
  if (name === undefined) return () => ({});
  let headers: unknown;
  try {
    headers = JSON.parse(env[name]!);
  } catch {
    throw badSetting(name, 'is no JSON; write it as {"name": "value"}'); // the text may hold a secret
  }
  const isMap = typeof headers === "object" && headers !== null && !Array.isArray(headers);
  if (!isMap || !Object.values(headers as object).every((value) => typeof value === "string")) {
    throw badSetting(name, 'is no JSON object of texts; write it as {"name": "value"}');
  }
  return () => headers as { readonly [name: string]: string };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127(\.\d+){3}$/.test(host);
}

function tlsOf(env: Environment, disabled: string | undefined): Connection["tls"] {
  const insecure = /^(true|1|yes|on)$/i.test(disabled ?? "");
  const variable = ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"].find((name) => setIn(env, name));
  return {
    ...(insecure ? { rejectUnauthorized: false } : {}),
    ...(variable === undefined ? {} : { ca: namedFile(variable, env[variable]!) }),
  };
}

function secondsOf(env: Environment, name: string, otherwise: number): number {
  const text = setIn(env, name);
  if (text === undefined) return otherwise;
  const seconds = Number(text);
  if (seconds > 0 && seconds < 1e6) return seconds;
  throw badSetting(name, "is no number of seconds above 0");
}

function badSetting(name: string, problem: string): RunferryError {
  return new RunferryError("bad_option", `${name} ${problem}`, {
    hint: `correct ${name}, or unset it`,
    data: "nothing was written",
  });
}
