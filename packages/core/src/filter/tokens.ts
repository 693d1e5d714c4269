import { filterError } from "./filter-error.ts";

/** `word` is whatever stands between spaces, quotes, brackets and operators: names, keywords and numbers. */
export interface Token {
  readonly type: "word" | "quoted" | "operator" | "(" | ")" | "," | "end";
  /** What it says; of a quoted text without its quotes. */
  readonly text: string;
  /** Of a quoted text. */
  readonly quote: string;
  readonly from: number;
  readonly to: number;
}

const wordPattern = /[^\s=!<>(),'"`]+/y;
const operatorPattern = /[=!<>]+/y;
const spacePattern = /\s*/y;

export function tokensOf(what: string, text: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;

  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? "";
  }

  function add(type: Token["type"], said: string, length: number, quote = ""): void {
    tokens.push({ type, text: said, quote, from: at, to: at + length });
    at += length;
  }

  for (at = take(spacePattern).length; at < text.length; at += take(spacePattern).length) {
    const first = text[at]!;
    if (first === "(" || first === ")" || first === ",") add(first, first, 1);
    else if (first === "'" || first === '"' || first === "`") addQuoted(first);
    else if ("=!<>".includes(first)) add("operator", take(operatorPattern), take(operatorPattern).length);
    else add("word", take(wordPattern), take(wordPattern).length);
  }
  add("end", "", 0);
  return tokens;

  /** A quote is written twice to stand for itself. */
  function addQuoted(quote: string): void {
    let said = "";
    for (let from = at + 1; ; ) {
      const to = text.indexOf(quote, from);
      if (to < 0) throw filterError(what, text, at, `this ${quote} is never closed`, `close it with another ${quote}`);
      said += text.slice(from, to);
      if (text[to + 1] !== quote) {
        add("quoted", said, to + 1 - at, quote);
        return;
      }
      said += quote;
      from = to + 2;
    }
  }
}
