import { RunferryError } from "@runferry/core";
import { jsonObjectOf, secretsOf } from "@runferry/http";
import type { Headers } from "./answer.ts";
import type { Connection } from "./connection.ts";
import type { Call, Wire } from "./wire.ts";

/** What lets a request in. */
export interface Lets {
  /** The headers that do. Exchanges the identity token where that is due; throws `needs_credentials` where it cannot. */
  in(signal?: AbortSignal | undefined): Promise<Headers>;
  /** What the server gave is not taken any more. */
  forget(): void;
}

/** A token is renewed this long before its end. */
const earlyMs = 5 * 60_000;

export function createLets(wire: Wire, { baseUrl, credentials }: Connection): Lets {
  let given: { readonly token: string; readonly until: number } | undefined;

  async function exchanged(token: string, signal: AbortSignal | undefined): Promise<string> {
    if (given && Date.now() < given.until - earlyMs) return given.token;
    wire.hide(token);
    const call: Call = {
      asked: "identity",
      method: "POST",
      url: "/oidc/token",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
        assertion: token,
      }).toString(),
      signal,
    };
    const reply = await wire.exchange(call, 10_000);
    const said = jsonObjectOf(reply.text);
    if (reply.status !== 200 || typeof said?.access_token !== "string") {
      throw wire.failureOf(call, reply, said ? JSON.stringify({ error: said.error_description ?? said.error }) : "");
    }
    wire.hide(said.access_token);
    given = { token: said.access_token, until: Date.now() + Number(said.expires_in ?? 0) * 1000 };
    return given.token;
  }

  return {
    async in(signal) {
      if (credentials?.kind === "key") {
        const authorization = `Basic ${Buffer.from(`api:${credentials.key()}`).toString("base64")}`;
        wire.hide(...secretsOf(authorization));
        return { authorization };
      }
      if (credentials) return { authorization: `Bearer ${await exchanged(credentials.token(), signal)}` };
      throw new RunferryError("needs_credentials", `there is no API key for ${baseUrl}`, {
        hint: "set WANDB_API_KEY, or run `wandb login`",
        data: "nothing was sent",
      });
    },
    forget() {
      given = undefined;
    },
  };
}
