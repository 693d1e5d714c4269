import { RunferryError } from "@runferry/core";
import { type Environment, setIn } from "./settings.ts";

/**
 * The proxy that the environment names for an address, as curl, Go and Python's requests understand it: by scheme, the
 * lower-case name first, and none for what NO_PROXY lists. `first` are names that come before the usual ones.
 */
export function proxyFor(url: URL, env: Environment, first: readonly string[] = []): URL | undefined {
  const scheme = url.protocol === "https:" ? "https" : "http";
  const names = [
    ...first,
    `${scheme}_proxy`,
    `${scheme.toUpperCase()}_PROXY`,
    ...usable(env, "all_proxy", "ALL_PROXY"),
  ];
  const name = names.find((name) => setIn(env, name) !== undefined);
  if (name === undefined || isExcepted(url, setIn(env, "no_proxy", "NO_PROXY") ?? "")) return undefined;
  const proxy = env[name]!;
  const address = URL.parse(/^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`);
  if (address && /^https?:$/.test(address.protocol)) return address;
  throw new RunferryError("bad_option", `${name} is no address of an HTTP proxy`, {
    hint: `write ${name} as "http://host:port", or unset it`,
    data: "nothing was written",
  });
}

/** What is for programs of every sort may name a proxy of another sort, which is then not for us. */
function usable(env: Environment, ...names: readonly string[]): readonly string[] {
  return names.filter((name) => /^https?:/i.test(env[name] ?? ""));
}

/** Names count for themselves and for what is below them; `*` is everything; a port has to match where one is given. */
function isExcepted(url: URL, noProxy: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .some((entry) => {
      const [, name = "", only = port] = /^(\[.*\]|[^:]*|[\da-f:]*)(?::(\d+))?$/.exec(entry) ?? [];
      const bare = name.replace(/^\*?\.|^\[|\]$/g, "");
      return only === port && (bare === "*" || (bare !== "" && (host === bare || host.endsWith(`.${bare}`))));
    });
}
