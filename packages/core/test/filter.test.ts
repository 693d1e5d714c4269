import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type FilterSubject,
  isRunferryError,
  matches,
  parseFilter,
  parseOrder,
  printFilter,
  printOrder,
  sortedBy,
  spelled,
} from "../src/index.ts";

const run: FilterSubject = {
  attributes: { run_id: "a1", run_name: "wide", experiment: "ctr", status: "finished", start_time: 1_700_000_000_000 },
  params: {
    lr: spelled("1e-05"),
    amp: true,
    none: null,
    layers: [64, "relu"],
    seed: spelled("1.0"),
    text: "0.5",
    both: 1,
  },
  tags: { team: "ml", "my tag": "x", both: "1", "it's": "50%" },
  metrics: { val_loss: { last: 0.25 }, "val/auc": { last: 0.8 }, bad: { last: Number.NaN }, "a`b": { last: 1 } },
};

const passes = (text: string) => matches(parseFilter(text), run);

describe("a filter that holds", () => {
  test.each([
    "",
    "metrics.val_loss < 0.3 and params.lr = '1e-05' and tags.team = 'ml'",
    'metric.val_loss<=.25 AND parameters.lr = "1e-05"',
    "params.lr = 0.00001",
    "params.lr < 1e-4",
    "params.amp = 'True' and params.none = 'None' and params.layers = \"[64, 'relu']\" and params.seed = '1.0'",
    "params.text > 0.4",
    "params.lr LIKE '1e-0_' and tags.team ILIKE 'M%'",
    "tags.`my tag` = 'x' and tags.\"my tag\" != 'y'",
    "tags.`it's` = '50%' and `it's` like '5%'",
    "metrics.val/auc >= 0.8 and `val/auc` < 1",
    "metrics.`a``b` = 1",
    "val_loss = 0.25 and team = 'ml' and lr = 0.00001",
    "metrics.bad = nan and metrics.bad != 1 and not metrics.bad < 1",
    "attributes.status = 'FINISHED' and status = 'completed' and run.status IN ('finished', 'failed')",
    "status like 'FIN%'",
    "run_name = 'wide' and attributes.name = 'wide' and experiment NOT IN ('ranking')",
    "start_time > 1600000000000 and created < '2026-01-01' and start_time >= '2023-11-14T22:13:20Z'",
    "end_time is null and params.absent IS NULL and tags.team is not null",
    "tags.team in ('a', 'ml')",
    "tags.team = 'x' or tags.team = 'y' or (tags.team = 'ml' and not (val_loss > 1))",
    "not params.absent = 'x'",
  ])("%s", (text) => expect(passes(text)).toBe(true));
});

describe("a filter that does not hold", () => {
  test.each([
    "params.absent != 'x'",
    "metrics.toString > 0",
    "params.__proto__ != 'x'",
    "params.amp = 1",
    "metrics.bad < 1 or metrics.bad >= 1",
    "tags.team LIKE 'm_l'",
    "absent = 1",
  ])("%s", (text) => expect(passes(text)).toBe(false));
});

describe("a filter that cannot be read says where", () => {
  test.each([
    ["metrics.loss 0.3", "an operator is expected", "             ^"],
    ["metrics.loss < '0.3'", "metrics are numbers", "               ^"],
    ["params.lr == 3", "there is no operator ==", "          ^"],
    ["tags.team = ml", "a number or a quoted text", "            ^"],
    ["tags.team = 'ml", "never closed", "            ^"],
    ["attributes.colour = 'x'", "no such attribute", "^"],
    ["status = 'fine'", "no such status", "         ^"],
    ["start_time > 'soon'", "this is no time", "             ^"],
    ["(a = 1", "a ) is missing", "      ^"],
    ["a = 1 b = 2", "expected and, or", "      ^"],
    ["metrics.x in ('a')", "only texts", "          ^"],
    ["tags.x in ()", "a quoted text", "           ^"],
    ["tags.x < 'a'", "texts have no order", "         ^"],
    ["and", "a name is expected", "^"],
    ["tags. = 'x'", "is missing", "      ^"],
    ["a\u001b[31m = = 1", "a number or a quoted", "         ^"],
  ])("%s", (text, message, caret) => {
    const error = thrown(() => parseFilter(text));
    expect(error.message).toContain(message);
    expect(error.message.split("\n").at(-1)).toBe(`  ${caret}`);
    expect(error.message).not.toContain("\u001b");
  });

  test("nested beyond reason", () => {
    expect(thrown(() => parseFilter("(".repeat(100_000))).message).toContain("too deeply");
    expect(thrown(() => parseFilter("not ".repeat(100_000))).message).toContain("too deeply");
  });

  test("an ambiguous bare name names the choices", () => {
    expect(thrown(() => passes("both = 1")).message).toContain("params.both or tags.both");
  });
});

const names = fc.oneof(
  fc.constantFrom("loss", "and", "status", "val/auc", "a.b", "", "`", "name"),
  fc.string({ unit: "binary" }),
);
const texts = fc.string({ unit: "binary" });
const field = fc.record({ entity: fc.constantFrom("metric", "param", "tag", "any"), name: names });
const textField = field.filter(({ entity }) => entity !== "metric");
const condition = fc.oneof(
  fc.record({
    type: fc.constant("compare"),
    field,
    operator: fc.constantFrom("=", "!=", "<", "<=", ">", ">="),
    value: fc.double(),
  }),
  fc.record({ type: fc.constant("compare"), field: textField, operator: fc.constantFrom("=", "!="), value: texts }),
  fc.record({ type: fc.constant("like"), field: textField, pattern: texts, ignoreCase: fc.boolean() }),
  fc.record({
    type: fc.constant("in"),
    field: textField,
    values: fc.array(texts, { minLength: 1 }),
    negated: fc.boolean(),
  }),
  fc.record({ type: fc.constant("null"), field, negated: fc.boolean() }),
);
const { filter } = fc.letrec((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4 },
    condition,
    fc.record({ type: fc.constantFrom("and", "or"), parts: fc.array(tie("filter"), { minLength: 2, maxLength: 4 }) }),
    fc.record({ type: fc.constant("not"), part: tie("filter") }),
  ),
}));

test("a filter that is printed and parsed is the same filter", () => {
  fc.assert(
    fc.property(filter, (made) => {
      expect(parseFilter(printFilter(made as never))).toEqual(made);
    }),
    { numRuns: 500 },
  );
});

test("no text crashes the parser", () => {
  const words = fc.constantFrom(
    "metrics.",
    "a",
    "`",
    "'x'",
    '"',
    "=",
    "<",
    "!",
    "(",
    ")",
    ",",
    "in",
    "is",
    "not",
    "null",
    "and",
    "or",
    "like",
    "1",
    " ",
    "\n",
    "\0",
  );
  const soup = fc.array(words, { maxLength: 40 }).map((all) => all.join(" "));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), soup), (text) => {
      for (const parse of [parseFilter, parseOrder]) {
        try {
          parse(text);
        } catch (cause) {
          if (!isRunferryError(cause, "bad_option")) throw cause;
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test("long texts and patterns take no long time", () => {
  const long = Array.from({ length: 20_000 }, () => "val_loss < 1").join(" and ");
  expect(passes(long)).toBe(true);
  const hard: FilterSubject = { ...run, tags: { t: "a".repeat(5000) } };
  expect(matches(parseFilter(`tags.t like '${"%a".repeat(500)}b'`), hard)).toBe(false);
});

test("an order sorts, and puts NaN and nothing last in both directions", () => {
  const subject = (id: string, last?: number): FilterSubject => ({
    attributes: { run_id: id, start_time: id === "new" ? 2 : 1 },
    params: {},
    tags: {},
    metrics: last === undefined ? {} : { auc: { last } },
  });
  const all = [
    subject("none"),
    subject("nan", Number.NaN),
    subject("low", 0.1),
    subject("high", 0.9),
    subject("new", 0.1),
  ];
  const sorted = (text: string) => sortedBy(all, parseOrder(text)).map((one) => one.attributes.run_id);
  expect(sorted("metrics.auc")).toEqual(["new", "low", "high", "nan", "none"]);
  expect(sorted("auc DESC")).toEqual(["high", "new", "low", "nan", "none"]);
  expect(sorted("")).toEqual(["new", "high", "low", "nan", "none"]);
  expect(printOrder(parseOrder("`a b` desc, status"))).toBe("`a b` desc, attributes.status asc");
  expect(thrown(() => parseOrder("auc, auc desc")).message).toContain("twice");
  expect(thrown(() => parseOrder("auc down")).message).toContain("asc, desc");
});

function thrown(act: () => unknown): Error {
  try {
    act();
  } catch (cause) {
    if (isRunferryError(cause, "bad_option")) return cause;
    throw cause;
  }
  throw new Error("nothing was thrown");
}
