import { isJsonList, isJsonObject, type Json, RunferryError } from "@runferry/core";
import type { FieldsFrom, FileChoice, Mapping, RowsFrom, ValueFrom, WrittenMapping } from "./mapping.ts";

type Read<T> = (value: Json, where: string) => T;
type Shape = { readonly [key: string]: Read<unknown> };

/** What stands in braces in a text. `{1}` is the first part of the path of a run, and so on. */
export const placeholders = ["{run}", "{above}", "{path}", "{root}", "{1}"] as const;

/** What tools keep in a folder that nobody means when they speak of a run. */
const toolFolders = ["**/.git/**", "**/.venv/**", "**/node_modules/**", "**/__pycache__/**"];

/**
 * A mapping as it is written, checked and with its defaults. `where` names it in errors. Throws `bad_option`, which names
 * the key and what may stand there.
 */
export function readMapping(written: Json, where: string, known: ReadonlyMap<string, WrittenMapping>): Mapping {
  const own = objectOf(written, where);
  const { extends: base, ...rest } = own;
  const under = base === undefined ? {} : baseOf(base, `${where}.extends`, known);
  const read = fieldsOf({ ...under, ...rest }, where, mappingShape) as Partial<Mapping>;
  const { params = [], tags = [], metrics = [] } = read;
  if (params.length + tags.length + metrics.length === 0) {
    throw bad(where, "says neither where params nor where metrics are", "add params, tags or metrics");
  }
  const first = metrics.length > 0 ? metrics : params.length > 0 ? params : tags;
  return {
    runs: ["*"],
    needs: [{ ...first[0]!, file: first.flatMap(({ file }) => file) }],
    id: { text: "{path}" },
    name: { text: "{run}" },
    experiment: { text: "{above}" },
    artifacts: ["**"],
    leaveOut: toolFolders,
    ...read,
    params,
    tags,
    metrics,
  };
}

function baseOf(value: Json, where: string, known: ReadonlyMap<string, WrittenMapping>): WrittenMapping {
  const found = typeof value === "string" ? known.get(value) : undefined;
  if (found) return found;
  throw bad(where, `is ${shown(value)}, which is no mapping`, `use one of ${[...known.keys()].join(", ")}`);
}

const text: Read<string> = (value, where) => {
  if (typeof value === "string" && value !== "") return value;
  throw bad(where, `is ${shown(value)}`, "write a text");
};

const flag: Read<boolean> = (value, where) => {
  if (typeof value === "boolean") return value;
  throw bad(where, `is ${shown(value)}`, "write true or false");
};

function oneOf(...words: readonly string[]): Read<string> {
  return (value, where) => {
    if (typeof value === "string" && words.includes(value)) return value;
    throw bad(where, `is ${shown(value)}`, `write one of ${words.join(", ")}`);
  };
}

function listOf<T>(read: Read<T>): Read<readonly T[]> {
  return (value, where) =>
    isJsonList(value) ? value.map((one, i) => read(one, `${where}[${i}]`)) : [read(value, where)];
}

/** Cells may be empty texts. */
const cell: Read<string> = (value, where) => (value === "" ? "" : text(value, where));

const glob: Read<string> = (value, where) => {
  const found = text(value, where);
  const isOutside = found.startsWith("/") || /^[A-Za-z]:/.test(found) || found.split(/[/\\]/).includes("..");
  if (isOutside || found.includes("\0") || found.includes("\\")) {
    throw bad(where, `is ${shown(value)}, which may lead out of the folder`, "write a path or glob below it, with /");
  }
  // They stand for themselves here, which is not what who writes them expects.
  if (/[?{}[\]]/.test(found))
    throw bad(where, `is ${shown(value)}`, "only * and ** stand for something: write * there");
  return found.replace(/^\.\/(?=.)/, "").replace(/\/+$/, "");
};

const separator: Read<string> = (value, where) => {
  if (typeof value === "string" && /^[^"\r\n]$/s.test(value)) return value;
  throw bad(where, `is ${shown(value)}`, "write one character, such as ; or a tab");
};

/** `a.b.c`, or a list where a key has a dot in it. */
const keys: Read<readonly string[]> = (value, where) =>
  typeof value === "string" ? (value === "" ? [] : value.split(".")) : listOf(text)(value, where);

const choiceShape = {
  file: listOf(glob),
  pick: oneOf("all", "first", "last"),
  at: keys,
  format: oneOf("json", "jsonl", "csv", "yaml"),
  separator,
  begins: listOf(text),
  keep: flag,
} satisfies Shape;

const fieldsShape = { ...choiceShape, only: listOf(text), except: listOf(text) } satisfies Shape;

const rowsShape = {
  ...choiceShape,
  step: text,
  time: text,
  values: listOf(text),
  except: listOf(text),
  name: text,
  value: text,
  empty: listOf(cell),
} satisfies Shape;

/** A glob alone stands for `{ file: glob }`. */
function choice<T extends FileChoice>(shape: Shape, defaults: Omit<T, "file" | keyof FileChoice>): Read<T> {
  return (value, where) => {
    const given = typeof value === "string" ? { file: value } : objectOf(value, where);
    if (given.file === undefined)
      throw bad(where, "names no file", "add file: a path or glob below the folder of a run");
    const read = fieldsOf(given, where, shape);
    return { pick: "all", at: [], separator: ",", keep: false, ...defaults, ...read } as unknown as T;
  };
}

const file = choice<FileChoice>(choiceShape, {});
const fields = choice<FieldsFrom>(fieldsShape, { only: ["*"], except: [] });

const rows: Read<RowsFrom> = (value, where) => {
  const read = choice<RowsFrom>(rowsShape, { values: ["*"], except: [], empty: [""] })(value, where);
  if ((read.name === undefined) === (read.value === undefined)) return read;
  throw bad(where, "has only one of name and value", "long rows have both, wide rows have neither");
};

const valueFrom: Read<ValueFrom> = (value, where) => {
  if (!isJsonObject(value)) return { text: template(value, where) };
  if (value.changed === undefined) return { from: file(value, where) };
  const { changed } = fieldsOf(value, where, { changed: listOf(glob) }) as { changed: readonly string[] };
  return { changed };
};

const template: Read<string> = (value, where) => {
  const found = text(value, where);
  for (const [one] of found.matchAll(/\{[^}]*\}/g)) {
    if ((placeholders as readonly string[]).includes(one) || /^\{[1-9]\}$/.test(one)) continue;
    throw bad(where, `has ${one}, which stands for nothing`, `use ${placeholders.join(", ")} to {9}`);
  }
  return found;
};

const mappingShape = {
  runs: listOf(glob),
  needs: listOf(file),
  id: valueFrom,
  name: valueFrom,
  experiment: valueFrom,
  description: valueFrom,
  started: valueFrom,
  ended: valueFrom,
  status: valueFrom,
  params: listOf(fields),
  tags: listOf(fields),
  metrics: listOf(rows),
  artifacts: listOf(glob),
  leaveOut: listOf(glob),
} satisfies Shape;

function fieldsOf(value: Json, where: string, shape: Shape): { readonly [key: string]: unknown } {
  const read = Object.entries(objectOf(value, where)).map(([key, one]): [string, unknown] => {
    const reader = Object.hasOwn(shape, key) ? shape[key] : undefined;
    if (reader) return [key, reader(one, `${where}.${key}`)];
    throw bad(`${where}.${key}`, "is no key of a mapping there", `use ${Object.keys(shape).join(", ")}`);
  });
  return Object.fromEntries(read);
}

function objectOf(value: Json, where: string): WrittenMapping {
  if (isJsonObject(value)) return value;
  throw bad(where, `is ${shown(value)}`, "write keys with values");
}

function shown(value: Json): string {
  return JSON.stringify(value).slice(0, 60);
}

function bad(where: string, problem: string, hint: string): RunferryError {
  return new RunferryError("bad_option", `${where} ${problem}`, { hint, data: "nothing was read" });
}
