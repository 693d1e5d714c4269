import type { Recorded } from "./events.ts";
import { isJsonList, isJsonObject, isSpelled, type Json, type JsonObject, mapJsonObject } from "./json.ts";
import { numericField } from "./numeric-field.ts";

/** What stands where a secret stood. */
export const masked = "***";

export interface Masked {
  readonly event: Recorded;
  /** Where something was masked, e.g. `params.set values.api_key`. Never the secret. */
  readonly masked: readonly string[];
}

/**
 * The event as it may leave the machine: values under keys that name a secret and texts with the known prefixes of
 * tokens are replaced. Decided by names and prefixes, never by how random a text looks. Files are never touched.
 */
export function maskEvent(event: Recorded): Masked {
  if (event.kind === "metrics.logged" && event.context === undefined) return { event, masked: nothing };
  const found: string[] = [];
  const { kind } = event;
  const fields: [string, Json][] = Object.entries(event as unknown as JsonObject).map(([key, value]) => {
    // Numbers are no secrets, and names of metrics are needed to find them again.
    if (structural.has(key) || key === numericField[kind]) return [key, value];
    if (key === "media" && isJsonObject(value)) return [key, maskMedia(value, found)];
    return [key, maskValue(key, value, `${kind} ${key}`, found)];
  });
  return found.length === 0
    ? { event, masked: nothing }
    : { event: Object.fromEntries(fields) as unknown as Recorded, masked: found };
}

const nothing: readonly string[] = [];

/** Fields of the model itself: masking them would break references, not hide secrets. */
const structural = new Set(["kind", "id", "seq", "at", "was", "path", "file"]);

function maskMedia(media: JsonObject, found: string[]): JsonObject {
  return mapJsonObject(media, (value, key) =>
    key === "file" || key === "type" || key === "columns" ? value : maskValue(key, value, `media ${key}`, found),
  );
}

/** `under` is the key that all of this stands under, if that key names a password: everything below is one. */
function maskFields(fields: JsonObject, where: string, found: string[], under?: string): JsonObject {
  let changed: [string, Json][] | undefined;
  const entries = Object.entries(fields);
  entries.forEach(([key, value], i) => {
    const name = under !== undefined && namesSecret(key) !== "password" ? under : key;
    const safe = maskValue(name, value, `${where} ${key}`, found);
    if (safe === value) return;
    changed ??= [...entries];
    changed[i] = [key, safe];
  });
  return changed ? Object.fromEntries(changed) : fields;
}

function maskValue(key: string, value: Json, where: string, found: string[]): Json {
  if (value === null || typeof value === "boolean") return value;
  const named = namesSecret(key);
  if (typeof value === "number" || isSpelled(value)) {
    if (named !== "password") return value;
    found.push(where);
    return masked;
  }
  if (typeof value === "string") {
    const safe = named && isSecretText(named, value) ? masked : maskText(value);
    if (safe !== value) found.push(where);
    return safe;
  }
  if (isJsonList(value)) return maskList(key, value, where, found);
  return maskFields(value as JsonObject, where, found, named === "password" ? key : undefined);
}

function maskList(key: string, list: readonly Json[], where: string, found: string[]): readonly Json[] {
  let changed = false;
  const safe = list.map((item, i) => {
    const before = list[i - 1];
    // argv: --api-key VALUE
    const flag = typeof before === "string" && /^--?[A-Za-z]/.test(before) && !before.includes("=") ? before : key;
    const next = maskValue(flag, item, `${where}[${i}]`, found);
    changed ||= next !== item;
    return next;
  });
  return changed ? safe : list;
}

/** Secrets inside a text: tokens with known prefixes, credentials in URLs, `KEY=value` and `--key value`. */
export function maskText(text: string): string {
  if (text.length < 6) return text;
  let safe = text;
  for (const [pattern, replacement] of patterns) safe = safe.replace(pattern, replacement);
  return maskAssignments(safe);
}

/**
 * `api_key=…`, `--password …`, `"token": "…"`, `'token': '…'`. A key is tried at its first character only and the value
 * of a key that names no secret is read as text again, so that the time is linear and `https://…?token=…` is found.
 */
const assignment = /(?<![\w.-])([\w.-]{2,})(["']?\s{0,3}[=:]\s{0,3}["']?|\s)/g;
const bareValue = /[^\s"'&;,)}\]]+/y;
const doubleQuoted = /[^"\n]+/y;
const singleQuoted = /[^'\n]+/y;

function maskAssignments(text: string): string {
  let safe = "";
  let done = 0;
  for (const { 0: whole, 1: key, 2: between, index } of text.matchAll(assignment)) {
    const from = index + whole.length;
    const named = from > done ? namesSecret(key!) : undefined;
    if (!named || (between!.trim() === "" && !key!.startsWith("-"))) continue;
    const quote = between!.at(-1);
    const pattern = quote === '"' ? doubleQuoted : quote === "'" ? singleQuoted : bareValue;
    pattern.lastIndex = from;
    const value = pattern.exec(text)?.[0];
    if (value === undefined || !isSecretText(named, value)) continue;
    safe += text.slice(done, from) + masked;
    done = from + value.length;
  }
  return done === 0 ? text : safe + text.slice(done);
}

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or|svcacct)[-_][\w-]{8,}/g, masked],
  [/\bsk-[A-Za-z0-9]{20,}/g, masked],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/g, masked],
  [/\bgithub_pat_\w{20,}/g, masked],
  [/\bglpat-[\w-]{16,}/g, masked],
  [/\bhf_[A-Za-z0-9]{16,}/g, masked],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, masked],
  [/\bAIza[\w-]{30,}/g, masked],
  [/\bya29\.[\w-]{20,}/g, masked],
  [/\bxox[abeprs]-[\w-]{10,}/g, masked],
  [/\bnpm_[A-Za-z0-9]{30,}/g, masked],
  [/\bpypi-[\w-]{30,}/g, masked],
  [/\bdapi[0-9a-f]{32}\b/g, masked],
  [/\bwandb_v\d_\w{20,}/g, masked],
  [/\blocal-[0-9a-f]{40}\b/g, masked],
  // Only at the start of a run of such characters: at every `-eyJ` within one it would take quadratic time.
  [/(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+/g, masked],
  [/([?&](?:X-(?:Amz|Goog)-Signature|X-Amz-Security-Token|sig)=)[^&\s"']+/gi, `$1${masked}`],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${masked}`],
  [/-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|$)/g, masked],
  [/(:\/\/)[^\s/@:]{0,512}:[^\s/@]{1,512}@/g, `$1${masked}@`],
  [/(:\/\/)[^\s/@:]{12,512}@/g, `$1${masked}@`],
];

type Secret = "password" | "token";

const passwords = new Set(["password", "passwd", "passphrase", "secret", "secrets", "credential", "credentials"]);
const joined = new Set(["apikey", "accesskey", "secretkey", "privatekey", "authtoken", "accesstoken", "bearertoken"]);
const keyOwners = new Set(["api", "access", "secret", "private", "account", "encryption", "signing", "ssh"]);
/** Tokens of a tokenizer are vocabulary, not credentials. */
const vocabulary = new Set(
  "pad eos bos unk sep cls mask image audio video start end stop special decoder prompt first last next new added extra".split(
    " ",
  ),
);

/** Whether a key names a secret. `num_tokens`, `tokenizer`, `max_tokens_per_batch` and `pad_token` do not. */
export function namesSecret(key: string): Secret | undefined {
  const words = key
    .slice(-128) // the last words decide, and no text is made slow by its length
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !/^\d+$/.test(word));
  const last = words.at(-1);
  const before = words.at(-2);
  if (last === undefined) return undefined;
  if (passwords.has(last) || joined.has(last)) return "password";
  if (last === "key" && before !== undefined && keyOwners.has(before)) return "password";
  if (last === "token" && !(before !== undefined && vocabulary.has(before))) return "token";
  if (last === "authorization" || last === "cookie") return "token";
  return undefined;
}

/** A key that ends in `token` may still hold a word or a marker such as `<pad>`. */
function isSecretText(named: Secret, value: string): boolean {
  if (value === "" || value === masked) return false;
  return named === "password" || (value.length >= 8 && !/^[<[]/.test(value));
}
