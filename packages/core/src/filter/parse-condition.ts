import { typeOf } from "./fields.ts";
import type { Comparison, Condition, Field } from "./filter.ts";
import type { Reading } from "./reading.ts";
import { statusOfWord } from "./status-word.ts";

const comparisons: readonly string[] = ["=", "!=", "<", "<=", ">", ">="] satisfies readonly Comparison[];
const numberPattern = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const namedNumbers: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["+inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

/** One comparison: a field, an operator, and what it is compared with. */
export function parseCondition(reading: Reading): Condition {
  const field = reading.field();
  const { from } = reading.token;
  if (reading.takeWord("is")) {
    const negated = reading.takeWord("not");
    if (!reading.takeWord("null")) reading.fail("null is expected here", "write IS NULL or IS NOT NULL");
    return { type: "null", field, negated };
  }
  if (reading.takeWord("like")) return like(reading, field, false, from);
  if (reading.takeWord("ilike")) return like(reading, field, true, from);
  const negated = reading.takeWord("not");
  if (reading.takeWord("in")) return { type: "in", field, values: list(reading, field, from), negated };
  if (negated) reading.fail("in is expected after not", "write NOT IN (…), or not before the condition");
  const operator = reading.take("operator");
  if (operator === undefined) {
    return reading.fail("an operator is expected here", "write one of = != < <= > >= LIKE, ILIKE, IN, IS NULL");
  }
  if (!comparisons.includes(operator.text)) {
    const meant = operator.text.startsWith("==") ? "write a single =" : `write one of ${comparisons.join(" ")}`;
    reading.fail(`there is no operator ${operator.text}`, meant, operator.from);
  }
  const at = reading.token.from;
  const value = literal(reading, field);
  const isText = typeof value === "string";
  if (isText && operator.text !== "=" && operator.text !== "!=") {
    reading.fail("texts have no order", "compare with a number without quotes, or use =, != or LIKE", at);
  }
  return { type: "compare", field, operator: operator.text as Comparison, value };
}

/** A text or a number, in the form in which the field is compared. */
function literal(reading: Reading, field: Field): string | number {
  const { token } = reading;
  const type = typeOf(field);
  if (token.type === "quoted" && token.quote !== "`") {
    if (type === "number") reading.fail("metrics are numbers", `write ${token.text || "0.5"} without quotes`);
    reading.take("quoted");
    if (type === "time") return timeOf(reading, token.text, token.from);
    return type === "status" ? statusOf(reading, token.text, token.from) : token.text;
  }
  const number = token.type === "word" ? numberOf(token.text) : undefined;
  if (number === undefined) {
    const example = token.type === "word" ? `'${token.text}'` : "'ml'";
    return reading.fail(
      type === "number" ? "a number is expected here" : "a number or a quoted text is expected here",
      type === "number" ? "compare with a number such as 0.5" : `put texts in quotes: ${example}`,
    );
  }
  if (type === "text" || type === "status") {
    reading.fail("this attribute is a text", `put it in quotes: '${token.text}'`);
  }
  reading.take("word");
  return number;
}

function like(reading: Reading, field: Field, ignoreCase: boolean, from: number): Condition {
  const type = typeOf(field);
  if (type === "number" || type === "time") {
    reading.fail("only texts can be compared with LIKE", "use = != < <= > >=", from);
  }
  return { type: "like", field, pattern: text(reading), ignoreCase };
}

function list(reading: Reading, field: Field, from: number): readonly string[] {
  const type = typeOf(field);
  if (type === "number" || type === "time") {
    reading.fail("only texts can be looked up in a list", "use = with or", from);
  }
  if (!reading.take("(")) reading.fail("a ( is expected here", "write IN ('a', 'b')");
  const values: string[] = [];
  do {
    const at = reading.token.from;
    const value = text(reading);
    values.push(type === "status" ? statusOf(reading, value, at) : value);
  } while (reading.take(","));
  if (!reading.take(")")) reading.fail("a , or a ) is expected here", "write IN ('a', 'b')");
  return values;
}

function text(reading: Reading): string {
  const { token } = reading;
  if (token.type === "quoted" && token.quote !== "`") {
    reading.take("quoted");
    return token.text;
  }
  return reading.fail("a quoted text is expected here", "put it in single quotes, a ' inside written twice");
}

function statusOf(reading: Reading, word: string, at: number): string {
  return statusOfWord(word) ?? reading.fail("there is no such status", "write running, finished, failed or killed", at);
}

function timeOf(reading: Reading, written: string, at: number): number {
  const time = /^\d{4}-\d\d/.test(written) ? Date.parse(written) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  return reading.fail("this is no time", "write milliseconds since 1970, or a date such as '2026-11-21T09:30Z'", at);
}

function numberOf(word: string): number | undefined {
  if (numberPattern.test(word)) return Number(word);
  return namedNumbers.get(word.toLowerCase());
}
