import type { Field, FieldEntity } from "./filter.ts";

const entities: ReadonlyMap<string, FieldEntity> = new Map([
  ...["metric", "metrics"].map((word) => [word, "metric"] as const),
  ...["param", "params", "parameter", "parameters"].map((word) => [word, "param"] as const),
  ...["tag", "tags"].map((word) => [word, "tag"] as const),
  ...["attribute", "attributes", "attr", "run"].map((word) => [word, "attribute"] as const),
]);

/** The attributes of a run, and whether they are texts or times (in milliseconds since 1970). */
export const attributeTypes: Readonly<Record<string, "text" | "time" | "status">> = {
  run_id: "text",
  run_name: "text",
  experiment: "text",
  status: "status",
  start_time: "time",
  end_time: "time",
  user_id: "text",
  description: "text",
  group: "text",
  parent: "text",
  host: "text",
};

const aliases: ReadonlyMap<string, string> = new Map([
  ["id", "run_id"],
  ["name", "run_name"],
  ["run name", "run_name"],
  ["Run name", "run_name"],
  ["Run Name", "run_name"],
  ["experiment_name", "experiment"],
  ["created", "start_time"],
  ["Created", "start_time"],
  ["user", "user_id"],
]);

export const keywords: ReadonlySet<string> = new Set(["and", "or", "not", "in", "is", "null", "like", "ilike"]);

/** The entity that a word before the first dot names. */
export function entityOf(word: string): FieldEntity | undefined {
  return entities.get(word.toLowerCase());
}

/** The attribute of this name or alias. `name` and the like are too common to be one without `attributes.` before it. */
export function attributeOf(name: string, isBare: boolean): string | undefined {
  if (Object.hasOwn(attributeTypes, name)) return name;
  const meant = aliases.get(name);
  return isBare && (name === "id" || name === "name" || name === "user") ? undefined : meant;
}

export type FieldType = "number" | "text" | "time" | "status" | "any";

/** What a field can be compared with. Params and tags are texts that may spell a number. */
export function typeOf(field: Field): FieldType {
  if (field.entity === "metric") return "number";
  if (field.entity === "attribute") return attributeTypes[field.name] ?? "text";
  return "any";
}

const prefixes = { metric: "metrics", param: "params", tag: "tags", attribute: "attributes" } as const;

/** The field as the grammar writes it. */
export function printField({ entity, name }: Field): string {
  if (entity !== "any") {
    const plain = /^[\p{L}\p{N}_./-]+$/u.test(name) && name.isWellFormed();
    return `${prefixes[entity]}.${plain ? name : inBackticks(name)}`;
  }
  const isBare = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && !keywords.has(name.toLowerCase());
  return isBare && attributeOf(name, true) === undefined ? name : inBackticks(name);
}

function inBackticks(name: string): string {
  return `\`${name.replaceAll("`", "``")}\``;
}
