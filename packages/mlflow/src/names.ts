import type { Context } from "@runferry/core";
import { sha256 } from "./hash.ts";

/**
 * Names as MLflow takes them. Each refused character becomes `_x<hex>_`; an underscore that could be taken for the
 * beginning of that becomes `_x5f_`. No two names become one, and nothing need be remembered.
 */
export function escapeName(name: string, refused: RegExp, longest: number): string {
  if (name === "") return "_x_";
  const ambiguous = `_(?=x(?:[0-9a-f]*|h|at)(?:_|[/ ]|${refused.source}))`;
  const escaped = name.replace(new RegExp(`${refused.source}|${ambiguous}`, "gu"), hexed);
  return cut(escaped, longest);
}

function hexed(character: string): string {
  return `_x${character.codePointAt(0)!.toString(16)}_`;
}

/** An over-long name keeps its beginning; `_xh_` is nothing that an escape looks like. */
function cut(escaped: string, longest: number): string {
  const characters = [...escaped];
  if (characters.length <= longest) return escaped;
  return `${characters.slice(0, longest - 36).join("")}_xh_${sha256(escaped).slice(0, 32)}`;
}

const refusedInKeys = /[^\p{L}\p{N}_.\- :/]/u;
const longestKey = 250;

/** The name of a metric or a param: letters, digits, `_ . - / :` and spaces, and a path that is its own normal form. */
export function escapeKey(name: string): string {
  const plain = escapeName(name, refusedInKeys, Number.POSITIVE_INFINITY);
  return cut(asPath(plain), longestKey);
}

/** Slashes and dots that a path would lose, and spaces at the ends, which some databases do not compare. */
function asPath(text: string): string {
  return text
    .replace(/^\/|\/(?=\/)|\/$|^ | $/g, hexed)
    .replace(/(^|\/)\.(?=\.?(?:\/|$))/g, "$1_x2e_")
    .replace(/^\.(?=\.)/, hexed);
}

/** Tags that say what MLflow or this package knows of a run: a user's tag of such a name is kept under another. */
const ownTags =
  /^(?:runferry\.|run\.(?:(?:group|host|experiment|exit_code|error\.(?:type|message|trace))$|metric\.)|param_changed\.|param_removed\.|mlflow\.(?:runName|user|loggedImages|parentRunId|note\.content|source\.(?:name|type|git\.(?:commit|branch|dirty)))$)/;

export function escapeTag(name: string): string {
  const key = escapeKey(name);
  return ownTags.test(key) ? cut(hexed(key[0]!) + key.slice(1), longestKey) : key;
}

const definitionPrefix = "run.metric.";

/** The tag that has the definition of a metric of this name. */
export function definitionTag(name: string): string {
  return cut(definitionPrefix + name, longestKey);
}

export function isDefinitionTag(key: string): boolean {
  return key.startsWith(definitionPrefix);
}

export function isOwnTag(key: string): boolean {
  return ownTags.test(key);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: databases refuse some of them
const refusedInText = /[\u0000-\u001f\u007f\p{Cs}]/u;

/** The name of a run, an experiment or a dataset: any text of one line. */
export function escapeTitle(name: string, longest: number): string {
  return escapeName(name, refusedInText, longest);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: databases refuse some of them
const refusedInModels = /[/:.%"'\u0000-\u001f\u007f-\u009f\p{Cs}]|[^\P{Z} ]|^ | $/u;

export function escapeModelName(name: string): string {
  return escapeName(name, refusedInModels, 250);
}

/** `best`, `v2`: no version's own name, letters, digits, `_` and `-`. */
export function escapeAlias(alias: string): string {
  const escaped = escapeName(alias, /[^A-Za-z0-9_-]/u, 250);
  return escaped === "latest" || /^[vV]\d+$/.test(escaped) ? hexed(escaped[0]!) + escaped.slice(1) : escaped;
}

const refusedInPaths = /[^\p{L}\p{N}_.\- +=,@()/]/u;

/**
 * An image as `mlflow.log_image` names it, `images/<key>+step+3+timestamp+1732181400123+<id>.png`, which MLflow's page
 * shows step by step; older clients have `%` for `+`. One with `compressed` is its small copy.
 */
export const imagePath: RegExp =
  /^images\/([^/+%]+)([+%])step\2(-?\d+)\2timestamp\2(\d+)\2[\w-]+(\2compressed)?\.(?:png|webp)$/;

/** The key of an image: a name in which slashes are tildes, as MLflow has it. */
export function escapeImageKey(name: string): string {
  const escaped = asPath(escapeName(name, /[^\p{L}\p{N}_.\- /]/u, Number.POSITIVE_INFINITY));
  return cutSegment(escaped, 130).replaceAll("/", "~");
}

/** Where everything lies that this package needs a file for. */
export const ownFolder = "_runferry";

/** The path of a file: what no file system, URL or database changes. */
export function escapePath(path: string): string {
  const escaped = asPath(escapeName(path, refusedInPaths, Number.POSITIVE_INFINITY));
  const short = escaped
    .split("/")
    .map((segment) => cutSegment(segment))
    .join("/");
  return /^(?:_runferry|media)(?:\/|$)/.test(short) || imagePath.test(short)
    ? hexed(short[0]!) + short.slice(1)
    : short;
}

/** One folder or file of a path. */
export function escapeSegment(name: string): string {
  return cutSegment(asPath(escapeName(name, /[^\p{L}\p{N}_.\- +=,@()]/u, Number.POSITIVE_INFINITY)));
}

/** File systems count bytes. */
function cutSegment(segment: string, longest = 200): string {
  const trimmed = segment.replace(/^ | $/g, hexed);
  const bytes = Buffer.from(trimmed);
  if (bytes.length <= longest) return trimmed;
  const head = new TextDecoder().decode(bytes.subarray(0, longest - 40)).replace(/\ufffd+$/, "");
  return `${head}_xh_${sha256(trimmed).slice(0, 32)}`;
}

/** The points of a context are a metric of their own: `loss._xat_dataset:test`. */
export function nameWithContext(name: string, context: Context): string {
  const parts = Object.keys(context).sort();
  const words = parts.flatMap((key) => [key, context[key]!]).map((word) => escapeName(word, /[^\p{L}\p{N}_-]/u, 400));
  return cut(`${name}._xat_${words.join(":")}`, longestKey);
}
