import { homedir } from "node:os";
import { join } from "node:path";
import { RunferryError } from "@runferry/core";
import { type Environment, homeOf, namedFile, setIn, textIfThere } from "@runferry/http";
import { netrcPassword } from "./netrc.ts";
import { machinesOf } from "./server-url.ts";

/** How a server lets us in. Secrets stand behind functions, so that none is printed with it. */
export type Credentials =
  /** `from`: where it was found, for example `WANDB_API_KEY`. */
  | { readonly kind: "key"; readonly from: string; readonly key: () => string }
  /** A token of an identity provider, read afresh each time, that the server exchanges for one of its own. */
  | { readonly kind: "identity"; readonly from: string; readonly token: () => string };

export interface CredentialsSearch {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly env: Environment;
  /** Of the settings files. */
  readonly settings: ReadonlyMap<string, string>;
}

/** The order in which W&B's own client looks. Undefined where there are none. */
export function findCredentials({ baseUrl, apiKey, env, settings }: CredentialsSearch): Credentials | undefined {
  if (apiKey !== undefined) return keyFrom("apiKey", apiKey);
  const key = setIn(env, "WANDB_API_KEY");
  const tokenFile = setIn(env, "WANDB_IDENTITY_TOKEN_FILE");
  if (key !== undefined && tokenFile !== undefined) {
    throw badKey("WANDB_API_KEY and WANDB_IDENTITY_TOKEN_FILE are both set", "unset one of the two");
  }
  if (key !== undefined) return keyFrom("WANDB_API_KEY", key);
  if (tokenFile !== undefined) {
    const token = () => namedFile("WANDB_IDENTITY_TOKEN_FILE", tokenFile).trim();
    return { kind: "identity", from: "WANDB_IDENTITY_TOKEN_FILE", token };
  }
  const { path, text } = netrcOf(env);
  for (const machine of text === undefined ? [] : machinesOf(baseUrl)) {
    const password = netrcPassword(text!, machine);
    if (password) return keyFrom(path, password);
  }
  const kept = settings.get("api_key");
  return kept === undefined ? undefined : keyFrom("the settings file", kept);
}

function netrcOf(env: Environment): { readonly path: string; readonly text: string | undefined } {
  const home = homeOf(env);
  const named = setIn(env, "NETRC")?.replace(/^~(?=\/|$)/, home || homedir());
  if (named !== undefined) return { path: named, text: textIfThere(named) };
  const paths = [join(home, ".netrc"), join(home, "_netrc")];
  const path = paths.find((path) => textIfThere(path) !== undefined) ?? paths[0]!;
  return { path, text: textIfThere(path) };
}

function keyFrom(from: string, given: string): Credentials {
  const key = given.trim();
  const problem = problemOfKey(key);
  if (problem !== undefined) {
    throw badKey(`the API key in ${from} ${problem}`, "copy the whole key from the server's page /authorize");
  }
  return { kind: "key", from, key: () => key };
}

/** What no key of W&B is; the key itself is not told. */
function problemOfKey(key: string): string | undefined {
  if (key === "") return "is empty";
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(key)) return undefined; // a token in the place of a key
  const secret = key.slice(key.indexOf("-") + 1); // keys of self-managed servers begin with a word such as local-
  if (!/^[\w-]+$/.test(secret)) return "has characters other than letters, digits, - and _";
  return secret.length < 40 ? `is too short: 40 characters at least, and it has ${secret.length}` : undefined;
}

function badKey(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}
