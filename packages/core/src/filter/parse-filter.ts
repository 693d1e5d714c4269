import type { Filter } from "./filter.ts";
import { parseCondition } from "./parse-condition.ts";
import { type Reading, readingOf } from "./reading.ts";

const mostDepth = 100;

/**
 * Reads the filter grammar of MLflow, and beyond it `or`, `not` and parentheses. An empty text is the filter that
 * everything passes. Throws `bad_option`, with a caret below the place that is wrong.
 */
export function parseFilter(text: string): Filter {
  const reading = readingOf("the filter cannot be read", text);
  if (reading.isAtEnd) return { type: "and", parts: [] };
  const filter = parseOr(reading, 0);
  if (!reading.isAtEnd) {
    reading.fail("expected and, or, or the end", "join conditions with and; quote texts and names with spaces");
  }
  return filter;
}

function parseOr(reading: Reading, depth: number): Filter {
  return joined("or", reading, () => joined("and", reading, () => parseNot(reading, depth)));
}

function joined(type: "and" | "or", reading: Reading, parse: () => Filter): Filter {
  const parts = [parse()];
  while (reading.takeWord(type)) parts.push(parse());
  return parts.length === 1 ? parts[0]! : { type, parts };
}

function parseNot(reading: Reading, depth: number): Filter {
  if (depth > mostDepth) reading.fail("this is nested too deeply", `use at most ${mostDepth} levels of brackets`);
  if (reading.takeWord("not")) return { type: "not", part: parseNot(reading, depth + 1) };
  if (!reading.take("(")) return parseCondition(reading);
  const inner = parseOr(reading, depth + 1);
  if (!reading.take(")")) reading.fail("a ) is missing here", "close every ( with a )");
  return inner;
}
