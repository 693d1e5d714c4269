/** What stands for a character that a name cannot hold. `_x_` is the empty name. */
const marked = /_x([0-9a-f]*)_/g;
const loneSurrogate = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * The name with each refused character as `_x<hex>_`; a name that needs none of it stays as it is. Two names never give
 * the same, and nothing is remembered, so any process at any time gives a name the same form. `alsoAt` is the place of a
 * character to escape whatever it is.
 */
export function escapeName(name: string, refused: RegExp = loneSurrogate, alsoAt = -1): string {
  if (name === "") return "_x_";
  const places = new Set([...name.matchAll(refused)].map((match) => match.index));
  if (alsoAt >= 0) places.add(alsoAt);
  if (places.size === 0 && name.search(marked) < 0) return name;
  let escaped = "";
  for (let i = 0; i < name.length; i++) {
    // Of a name that holds an escape, every `_x` of its own is marked, so that none can be taken for one.
    const isMark = name[i] === "_" && name[i + 1] === "x";
    escaped += places.has(i) || isMark ? hexOf(name[i]!) : name[i]!;
  }
  return escaped;
}

export function unescapeName(text: string): string {
  return text.replace(marked, (_whole, hex: string) => {
    const code = hex === "" ? undefined : Number.parseInt(hex, 16);
    return code === undefined || code > 0x10_ffff ? "" : String.fromCodePoint(code);
  });
}

/** `_x<hex>_` for one character. */
export function hexOf(character: string): string {
  return `_x${character.codePointAt(0)!.toString(16)}_`;
}
