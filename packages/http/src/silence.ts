import { messageOf } from "@runferry/core";
import { type Meaning, nothingDone, unknownDone } from "./meaning.ts";

/** The variables that help where no answer comes. */
export interface SilenceWords {
  /** Names the file with the certificates to trust. */
  readonly ca: string;
  /** Gives the time that one request may take, in seconds. */
  readonly timeout: string;
}

/** What it means that no answer came, and how to say so. */
export function meaningOfSilence(
  origin: string,
  cause: unknown,
  words: SilenceWords,
): Meaning & { readonly message: string } {
  const code = codeOf(cause);
  const why = messageOf(cause) || code || "the connection broke";
  const known = silences.find(({ form }) => form.test(`${code} ${why}`));
  return {
    code: "unavailable",
    message: `${origin} does not answer: ${why}`,
    hint: known?.hint(words) ?? "see whether the server runs and can be reached from here",
    ...(known?.reached === false ? nothingDone : unknownDone),
  };
}

interface Silence {
  /** Of the code and the words that Node and undici give. */
  readonly form: RegExp;
  /** False where the request certainly never got to the server. */
  readonly reached: boolean;
  hint(words: SilenceWords): string;
}

/** The first that fits. */
const silences: readonly Silence[] = [
  {
    form: /ECONNREFUSED/,
    reached: false,
    hint: () =>
      "start the server, or correct host and port; one that listens on 127.0.0.1 is only reached from its own machine",
  },
  {
    form: /ENOTFOUND|EAI_AGAIN/,
    reached: false,
    hint: () => "correct the name of the host, or see to DNS and VPN; a proxy is named by HTTPS_PROXY",
  },
  { form: /ALTNAME/, reached: false, hint: () => "call the server by a name that its certificate is for" },
  { form: /CERT_HAS_EXPIRED/, reached: false, hint: () => "renew the certificate of the server" },
  {
    form: /CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)/,
    reached: false,
    hint: ({ ca }) => `name the file with the authority's certificate in ${ca}: nobody here vouches for the server`,
  },
  {
    form: /EPROTO|ERR_SSL|wrong version number/,
    reached: false,
    hint: () => "write http:// instead of https://: no TLS is spoken there",
  },
  {
    form: /EHOSTUNREACH|ENETUNREACH|UND_ERR_PRX|UND_ERR_CONNECT_TIMEOUT|connect ETIMEDOUT/,
    reached: false,
    hint: () => "see whether the server can be reached from here: a firewall, a VPN or a proxy may stand between",
  },
  {
    form: /ECONNABORTED|ETIMEDOUT|timeout|nothing within/i,
    reached: true,
    hint: ({ timeout }) => `see whether a firewall swallows it; a slow server gets more time by ${timeout}, in seconds`,
  },
];

function codeOf(cause: unknown): string {
  const code = (cause as { readonly code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : "";
}
