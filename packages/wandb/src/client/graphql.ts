import { isJsonObject, type JsonObject } from "@runferry/core";
import { jsonObjectOf, nothingDone } from "@runferry/http";
import { type Headers, wordsOf } from "./answer.ts";
import type { Connection } from "./connection.ts";
import { meaningOfWords } from "./errors.ts";
import type { Lets } from "./sign-in.ts";
import type { Asking } from "./types.ts";
import type { Call, Wire } from "./wire.ts";

/** One operation, once. `query` begins with its kind and name. Throws `WandbError` where the server says no. */
export type Graphql = <T extends object>(
  query: string,
  variables: object,
  asking?: Asking & { readonly withinMs?: number },
) => Promise<T>;

export function createGraphql(wire: Wire, connection: Connection, lets: Lets): Graphql {
  const { username, email } = connection.onBehalfOf;
  const fixed: Headers = {
    "content-type": "application/json",
    "accept-encoding": "gzip",
    ...(username === undefined ? {} : { "x-wandb-username": username }),
    ...(email === undefined ? {} : { "x-wandb-user-email": email }),
  };
  return async <T extends object>(...[query, variables, more = {}]: Parameters<Graphql>) => {
    const { signal, withinMs = connection.timeouts.graphqlMs } = more;
    const operationName = /^\s*(?:query|mutation)\s+(\w+)/.exec(query)![1]!;
    const call: Call = {
      asked: "graphql",
      name: operationName,
      method: "POST",
      url: "/graphql",
      headers: { ...fixed, ...(await lets.in(signal)) },
      body: JSON.stringify({ query, variables, operationName }),
      signal,
    };
    const reply = await wire.exchange(call, withinMs);
    const { text } = reply;
    const said = jsonObjectOf(text);
    if (reply.status === 401) lets.forget();
    if (reply.status !== 200 || !said) throw wire.failureOf(call, reply, text);
    const words = wordsOf(text);
    const data: JsonObject[string] | undefined = said.data;
    if (words === "" && isJsonObject(data)) return data as unknown as T;
    const meaning = words === "" ? { ...meaningOfWords("internal"), ...nothingDone } : meaningOfWords(words);
    const message = `${new URL(connection.baseUrl).origin} answers ${operationName} with ${words || "no data"}`;
    throw wire.error(meaning, message, reply);
  };
}
