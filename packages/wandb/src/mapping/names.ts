import { type Context, contextKey } from "@runferry/core";
import { sha256 } from "../hash.ts";

const marked = /_x([0-9a-f]*)_/g;

/**
 * The name with each refused character as `_x<hex>_`; a name that needs none of it stays as it is. No two names become
 * one, nothing is remembered, and `unescapeName` undoes it. With `first`, the first character is escaped whatever it is.
 */
export function escapeName(name: string, refused: RegExp, first = false): string {
  if (name === "") return "_x_";
  if (!first && !refused.test(name) && name.search(marked) < 0) return name;
  const characters = [...name];
  return characters
    .map((character, i) => {
      // Of a name that holds an escape, every `_x` of its own is marked, so that none can be taken for one.
      const isMark = character === "_" && characters[i + 1] === "x";
      return isMark || (first && i === 0) || refused.test(character) ? hexed(character) : character;
    })
    .join("");
}

function hexed(character: string): string {
  return `_x${character.codePointAt(0)!.toString(16)}_`;
}

export function unescapeName(text: string): string {
  return text.replace(marked, (whole, hex: string) => {
    const code = hex === "" ? undefined : Number.parseInt(hex, 16);
    if (code === undefined) return "";
    return code > 0x10_ffff ? whole : String.fromCodePoint(code);
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: databases and terminals change them
const control = /[\u0000-\u001f\u007f-\u009f\p{Cs}]/u;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same, and what a context is written with
const refusedInContext = /[\u0000-\u001f\u007f-\u009f\p{Cs}{},=]/u;

export const stepColumn = "global_step";
export const alertColumns = { title: "alert/title", text: "alert/text", level: "alert/level" } as const;
const ownColumns: ReadonlySet<string> = new Set([
  "_step",
  "_timestamp",
  "_runtime",
  "_wandb",
  stepColumn,
  ...Object.values(alertColumns),
]);

/** The column of a metric or of media in the history. A context stands behind the name: `loss {dataset=test}`. */
export function columnOf(name: string, context?: Context): string {
  const isPlain = context === undefined || contextKey(context) === "";
  // A name that ends like a context would be taken for one.
  const looksOwn = isPlain && (ownColumns.has(name) || / \{[^{}]*\}$/.test(name));
  const plain = escapeName(name, control, looksOwn);
  if (isPlain) return looksOwn && name.endsWith("}") ? escapeEnd(plain) : plain;
  const parts = Object.keys(context)
    .sort()
    .map((key) => `${escapeName(key, refusedInContext)}=${escapeName(context[key]!, refusedInContext)}`);
  return `${plain} {${parts.join(",")}}`;
}

function escapeEnd(text: string): string {
  return `${text.slice(0, -1)}${hexed("}")}`;
}

export interface ColumnMeaning {
  readonly name: string;
  readonly context: Context | undefined;
}

export function meaningOfColumn(column: string): ColumnMeaning {
  const open = column.endsWith("}") ? column.lastIndexOf(" {") : -1;
  const context = open < 0 ? undefined : contextOf(column.slice(open + 2, -1));
  if (context === undefined) return { name: unescapeName(column), context: undefined };
  return { name: unescapeName(column.slice(0, open)), context };
}

function contextOf(text: string): Context | undefined {
  const parts = text.split(",").map((part) => part.split("="));
  if (parts.some((part) => part.length !== 2 || part[0] === "" || part[1] === "")) return undefined;
  return Object.fromEntries(parts.map(([key, value]) => [unescapeName(key!), unescapeName(value!)]));
}

/** Keys of a config that are not params: W&B's own, what is told of the run, and what names it here. */
export const runKey = "run";
export const ownKey = "runferry";
const ownConfig: ReadonlySet<string> = new Set(["_wandb", "wandb_version", runKey, ownKey]);

/** The top-level key of a param in the config. */
export function configKeyOf(param: string): string {
  return escapeName(param, control, ownConfig.has(param));
}

/** The param that a key of the config is, or undefined where it is none. */
export function paramOfConfigKey(key: string): string | undefined {
  return ownConfig.has(key) ? undefined : unescapeName(key);
}

const refusedInProjects = /[/\\#?%:\p{Cc}\p{Cs}]/u;

/** At most 128 characters; an over-long name keeps its beginning, and `_xh_` is nothing that an escape looks like. */
export function projectName(experiment: string): string {
  const escaped = escapeName(experiment, refusedInProjects);
  return escaped.length <= 128 ? escaped : `${cutAt(escaped, 90)}_xh_${sha256(escaped).slice(0, 32)}`;
}

const refusedInIds = /[:;,#?/'\s\p{Cc}\p{Cs}]/u;

/** The run id that a stream has at W&B. */
export function streamRunId(run: string, stream: string): string {
  return `${run}-${escapeName(stream, refusedInIds)}`;
}

/** Whether W&B takes it as a tag just as it is. */
export function isTag(text: string): boolean {
  return text !== "" && text.length <= 64 && text === text.trim() && !control.test(text);
}

/** Whether a title or a note comes back just as it is. */
export function fits(text: string, longest: number): boolean {
  return text !== "" && text.length <= longest && text === text.trim();
}

const refusedInPaths = /[^\p{L}\p{N}_.\- +=,@()~&!$;/]/u;
/** What W&B itself writes among the files of a run. */
const wandbFiles =
  /^(?:media(?:\/|$)|(?:config\.yaml|wandb-summary\.json|wandb-metadata\.json|output\.log|wandb-(?:history|events)\.jsonl)$)/;

/** The path of an artifact among the files of the run. */
export function filePath(path: string): string {
  const isOdd = wandbFiles.test(path) || /^[ .~-]/.test(path);
  const escaped = escapeName(path, refusedInPaths, isOdd);
  return / $|\.$/.test(escaped) ? escaped.slice(0, -1) + hexed(escaped.at(-1)!) : escaped;
}

/** The path that an artifact had, or undefined where W&B wrote the file for itself. */
export function artifactPathOf(path: string): string | undefined {
  return wandbFiles.test(path) ? undefined : unescapeName(path);
}

/** For a path that need not be read back: what is in it stands elsewhere. */
export function plainPart(name: string): string {
  const plain = name
    .replace(/[^\p{L}\p{N}_.\-/]/gu, "_")
    .split("/")
    .map((part) => cutAt(part.replace(/^\.+/, "_"), 60))
    .filter((part) => part !== "");
  return plain.slice(0, 8).join("/") || "_";
}

/** The name of a collection of artifacts: the original name is in the artifact. */
export function collectionName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_.-]/g, "_");
  if (plain === name && plain !== "" && plain.length <= 100) return plain;
  return `${plain.slice(0, 80)}-${sha256(name).slice(0, 12)}`;
}

function cutAt(text: string, length: number): string {
  return [...text.slice(0, length)].filter((character) => !/\p{Cs}/u.test(character)).join("");
}
