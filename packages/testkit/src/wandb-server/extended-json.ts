/** JSON in which the bare words NaN, Infinity and -Infinity may stand; they become those strings. Undefined: it is none. */
export function parseExtended(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      return JSON.parse(quoteWords(text));
    } catch {
      return undefined;
    }
  }
}

/** The same with the bare words in quotes, as JSON has them. */
export function quoteWords(text: string): string {
  // Strings are taken as a whole, so a word in one stays what it is.
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (part) =>
    part.startsWith('"') ? part : `"${part}"`,
  );
}
