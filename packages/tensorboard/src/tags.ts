import { type Context, contextKey, getOrCreate, type Media } from "@runferry/core";
import { escapeName, unescapeName } from "./names.ts";

// A tag belongs to one plugin for ever, so the tags of scalars, of each type of media and of this package's own texts
// never meet: media end in `/<type>`, and a metric whose name looks like one of those is escaped.

export const configTag = "config";
export const alertTag = (level: string): string => `alerts/${level}`;
export const lostTag = "alerts/lost";
export const consoleTag = (from: string): string => `console/${from}`;

const mediaTypes: readonly Media["type"][] = ["image", "audio", "histogram", "table", "text", "figure"];
const mediaEnd = new RegExp(`/(${mediaTypes.join("|")})$`);
const ownTags =
  /^(?:config|alerts\/(?:info|warn|error|lost)|console\/(?:stdout|stderr)|_hparams_\/.*|_graphs_\/.*|custom_scalars__config__|__run_graph__)$/s;
/** NUL, lone surrogates, and the brackets that hold a context. */
const refused = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|\{(?=.*\}$)/gs;
const refusedInContext = /[\0{},=/]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** What a tag stands for. */
export interface TagMeaning {
  readonly name: string;
  readonly context: Context | undefined;
}

/** The same few names come with every point. */
const known = new Map<string, string>();
const mostKnown = 10_000;

/** The tag of a metric. A context stands behind the name: `loss {dataset=test}`. */
export function tagOfMetric(name: string, context?: Context): string {
  if (context !== undefined) return makeTag(name, context);
  if (known.size >= mostKnown) known.clear();
  return getOrCreate(known, name, () => makeTag(name, undefined));
}

function makeTag(name: string, context: Context | undefined): string {
  const plain = escapeName(name, refused);
  const taken = context === undefined && (ownTags.test(plain) || mediaEnd.test(plain));
  return (taken ? escapeReserved(name) : plain) + contextText(context);
}

export function meaningOfTag(tag: string): TagMeaning {
  const open = tag.endsWith("}") ? tag.lastIndexOf(" {") : -1;
  const context = open < 0 ? undefined : contextOf(tag.slice(open + 2, -1));
  if (context === undefined) return { name: unescapeName(tag), context: undefined };
  return { name: unescapeName(tag.slice(0, open)), context };
}

export function tagOfMedia(name: string, context: Context | undefined, type: Media["type"]): string {
  return `${escapeName(name, refused)}${contextText(context)}/${type}`;
}

/** The name of media from anywhere; `type` is there where the tag was made by `tagOfMedia`. */
export function meaningOfMediaTag(tag: string): TagMeaning & { readonly type: Media["type"] | undefined } {
  const found = mediaEnd.exec(tag);
  if (!found) return { ...meaningOfTag(tag), type: undefined };
  return { ...meaningOfTag(tag.slice(0, found.index)), type: found[1] as Media["type"] };
}

/** A name that would be taken for one of the tags above: its last slash, or else its first character, is escaped. */
function escapeReserved(name: string): string {
  const slash = name.lastIndexOf("/");
  const at = slash < 0 ? 0 : slash;
  return escapeName(name, refused, at);
}

function contextText(context: Context | undefined): string {
  if (context === undefined || contextKey(context) === "") return "";
  const parts = Object.keys(context)
    .sort()
    .map((key) => `${escapeName(key, refusedInContext)}=${escapeName(context[key]!, refusedInContext)}`);
  return ` {${parts.join(",")}}`;
}

function contextOf(text: string): Context | undefined {
  const parts = text.split(",").map((part) => part.split("="));
  if (parts.some((part) => part.length !== 2 || part[0] === "" || part[1] === "")) return undefined;
  return Object.fromEntries(parts.map(([key, value]) => [unescapeName(key!), unescapeName(value!)]));
}
