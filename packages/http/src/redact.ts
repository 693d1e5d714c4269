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
