import { isJsonObject, type JsonObject } from "@runferry/core";
import { jsonObjectOf, nothingDone } from "@runferry/http";
import type { Connection } from "./connection.ts";
import { meaningOfWords } from "./errors.ts";
import type { Lets } from "./sign-in.ts";
import type { Asking } from "./types.ts";
import { type Call, type Wire, wordsOf } from "./wire.ts";

/** One operation, once. `query` begins with its kind and name. Throws `WandbError` where the server says no. */
export type Graphql = <T extends object>(query: string, variables: object, asking?: Asking) => Promise<T>;

export function createGraphql(wire: Wire, connection: Connection, lets: Lets): Graphql {
  return async <T extends object>(query: string, variables: object, { signal }: Asking = {}) => {
    const operationName = /^\s*(?:query|mutation)\s+(\w+)/.exec(query)![1]!;
    const call: Call = {
      asked: "graphql",
      name: operationName,
      method: "POST",
      url: "/graphql",
      headers: { ...(await lets.in(signal)), "content-type": "application/json", "accept-encoding": "gzip" },
      body: JSON.stringify({ query, variables, operationName }),
      signal,
      withinMs: connection.timeouts.graphqlMs,
    };
    const reply = await wire.ask(call);
    const text = await wire.textOf(call, reply);
    const said = jsonObjectOf(text);
    if (reply.status === 401) lets.forget();
    if (reply.status !== 200 || !said) throw await wire.failureOf(call, reply, text);
    const words = wordsOf(text);
    const data: JsonObject[string] | undefined = said.data;
    if (words === "" && isJsonObject(data)) return data as unknown as T;
    const meaning = words === "" ? { ...meaningOfWords("internal"), ...nothingDone } : meaningOfWords(words);
    const message = `${new URL(connection.baseUrl).origin} answers ${operationName} with ${words || "no data"}`;
    throw wire.error(meaning, message, { status: 200 });
  };
}
