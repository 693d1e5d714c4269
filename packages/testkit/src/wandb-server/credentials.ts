import type { IncomingHttpHeaders } from "node:http";

/** What the server lets in: its key as the password of the user `api`, or a token that it gave out itself. */
export interface Credentials {
  allow(headers: IncomingHttpHeaders): boolean;
  /** A token for whoever shows the identity token; undefined: it is not the right one. */
  exchange(form: URLSearchParams): { readonly access_token: string; readonly expires_in: number } | undefined;
  /** From now on nobody is let in, or everybody with the right key again. */
  setLocked(locked: boolean): void;
}

export function createCredentials(apiKey: string, identityToken: string | undefined): Credentials {
  const basic = `Basic ${Buffer.from(`api:${apiKey}`).toString("base64")}`;
  const accessToken = `access-${Buffer.from(identityToken ?? "").toString("base64url")}`;
  let locked = false;
  return {
    allow({ authorization }) {
      if (locked) return false;
      return authorization === basic || (identityToken !== undefined && authorization === `Bearer ${accessToken}`);
    },
    exchange(form) {
      const known = identityToken !== undefined && form.get("assertion") === identityToken;
      return known ? { access_token: accessToken, expires_in: 3600 } : undefined;
    },
    setLocked(value) {
      locked = value;
    },
  };
}
