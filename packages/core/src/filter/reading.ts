import { attributeOf, attributeTypes, entityOf, keywords } from "./fields.ts";
import type { Field } from "./filter.ts";
import { filterError } from "./filter-error.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** Walks through the tokens of a text. */
export interface Reading {
  readonly token: Token;
  readonly isAtEnd: boolean;
  /** Takes the token, and says that it was there, if it is this word in any case. */
  takeWord(word: string): boolean;
  take(type: Token["type"]): Token | undefined;
  /** The field that the next tokens name. */
  field(): Field;
  fail(message: string, hint: string, at?: number): never;
}

export function readingOf(what: string, text: string): Reading {
  const tokens = tokensOf(what, text);
  let next = 0;
  const token = () => tokens[next]!;

  function fail(message: string, hint: string, at: number = token().from): never {
    throw filterError(what, text, at, message, hint);
  }

  function take(type: Token["type"]): Token | undefined {
    return token().type === type && type !== "end" ? tokens[next++] : undefined;
  }

  function isWord(word: string): boolean {
    return token().type === "word" && token().text.toLowerCase() === word;
  }

  function field(): Field {
    const first = token();
    if (first.type === "quoted" && first.quote !== "'") {
      next++;
      return { entity: "any", name: first.text };
    }
    if (first.type !== "word" || keywords.has(first.text.toLowerCase())) {
      return fail("a name is expected here", "begin with a name such as metrics.loss, params.lr, tags.team or status");
    }
    next++;
    const dot = first.text.indexOf(".");
    const entity = dot < 0 ? undefined : entityOf(first.text.slice(0, dot));
    if (entity === undefined) {
      const attribute = attributeOf(first.text, true);
      return attribute === undefined ? { entity: "any", name: first.text } : { entity: "attribute", name: attribute };
    }
    let name = first.text.slice(dot + 1);
    const quoted = token();
    if (name === "" && quoted.type === "quoted" && quoted.quote !== "'" && quoted.from === first.to) {
      next++;
      name = quoted.text;
    } else if (name === "") {
      return fail(`the name after ${first.text} is missing`, "write it right after the dot, in backticks if needed");
    }
    if (entity !== "attribute") return { entity, name };
    const attribute = attributeOf(name, false);
    if (attribute !== undefined) return { entity, name: attribute };
    return fail("there is no such attribute", `there are: ${Object.keys(attributeTypes).join(", ")}`, first.from);
  }

  return {
    get token() {
      return token();
    },
    get isAtEnd() {
      return token().type === "end";
    },
    takeWord(word) {
      if (!isWord(word)) return false;
      next++;
      return true;
    },
    take,
    field,
    fail,
  };
}
