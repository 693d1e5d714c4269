import { RunferryError } from "@runferry/core";

/** Where W&B's own client goes when no server is named. */
export const defaultBaseUrl = "https://api.forge.coreweave.com";

/** The public deployment answers under two names: that of the platform, and behind it the older one. */
const platforms: { readonly [host: string]: string } = {
  "forge.coreweave.com": "api.wandb.ai",
  "qa.forge.coreweave.com": "api.qa.wandb.ai",
};

/** The address of a server's API, without a slash at its end. Throws `bad_option` where it cannot be one. */
export function serverUrl(given: string, from: string): string {
  const url = URL.parse(given.trim());
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw badUrl(`${from} is no address of a server`, 'write it as "https://host", or "http://localhost:8080"');
  }
  if (url.username !== "" || url.password !== "") {
    throw badUrl(`${from} has a user or a password in it`, "take it out, and set WANDB_API_KEY");
  }
  const host = url.hostname;
  if (host in platforms) {
    if (url.protocol === "https:" && url.port === "" && /^\/api\/wandb\/*$/.test(url.pathname))
      return `https://api.${host}`;
    throw badUrl(`${from} is the address of the pages, not of the API`, `write https://api.${host}`);
  }
  if (host === "wandb.ai" || host.endsWith(".wandb.ai")) {
    if (!host.includes("api."))
      throw badUrl(`${from} is the address of the pages, not of the API`, "write https://api.wandb.ai");
    if (url.protocol !== "https:") throw badUrl(`${from} would send the key in the clear`, `write https://${url.host}`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
}

/** Where the pages of a server are, as W&B's own client derives it. */
export function appUrlOf(baseUrl: string): string {
  const platform = platformOf(baseUrl);
  if (platform !== undefined) return `https://${platform}/wandb`;
  if (baseUrl.includes("://api.wandb.test")) return baseUrl.replace("://api.", "://app.");
  if (baseUrl.includes("://api.wandb.")) return baseUrl.replace("://api.", "://");
  return baseUrl.replace("://api.", "://app.");
}

/** The names that netrc may know a server under, its own first: host and port, and the deployment's other names. */
export function machinesOf(baseUrl: string): readonly string[] {
  const own = new URL(baseUrl).host;
  const platform = platformOf(baseUrl);
  return platform === undefined ? [own] : [...new Set([own, platforms[platform]!, `api.${platform}`])];
}

function platformOf(baseUrl: string): string | undefined {
  const host = new URL(baseUrl).hostname;
  return Object.keys(platforms).find((name) => host === `api.${name}` || host === platforms[name]);
}

function badUrl(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}
