const unsafe = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const joiner = "\u200d"; // holds emoji together
const named: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Text of a user on one line, with nothing in it that could move the cursor, change colours or turn the direction. */
export function plainText(text: string): string {
  return text.replace(unsafe, (character) => (character === joiner ? character : escaped(character)));
}

/** The same for text of several lines. */
export function plainLines(text: string): readonly string[] {
  return text.split(/\r?\n/).map((line) => plainText(line.replaceAll("\t", "    ")));
}

/** The text, or its beginning and `…`. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).toWellFormed()}…` : text;
}

function escaped(character: string): string {
  return named.get(character) ?? `\\u{${character.codePointAt(0)!.toString(16)}}`;
}
