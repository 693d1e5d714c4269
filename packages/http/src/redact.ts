import { masked, maskText } from "@runferry/core";

/** A text made safe to show: these secrets and everything that looks like one are replaced. */
export function redact(text: string, secrets: Iterable<string>): string {
  let safe = text;
  for (const secret of secrets) if (secret.length >= 4) safe = safe.replaceAll(secret, masked);
  return maskText(safe);
}

/** How an address may be shown: the path at the server itself; elsewhere it may be signed, so no more than where. */
export function placeOf(url: URL, server: string): string {
  return url.origin === server ? url.pathname : url.origin;
}

/** What of an `Authorization` header must not be seen: all of it, and the password of a log-in. */
export function secretsOf(authorization: string | undefined): readonly string[] {
  const [, scheme = "", value = ""] = /^(\w+) (.*)$/.exec(authorization ?? "") ?? [];
  if (scheme !== "Basic") return [value];
  const login = Buffer.from(value, "base64").toString("utf8");
  return [value, login, login.slice(login.indexOf(":") + 1)];
}
