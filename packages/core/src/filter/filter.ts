/** What a filter can ask about. `any` is a bare name: whatever of the run bears it. */
export type FieldEntity = "attribute" | "metric" | "param" | "tag" | "any";

export interface Field {
  readonly entity: FieldEntity;
  readonly name: string;
}

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/** A filter as plain data; `and` without parts is the filter that everything passes. */
export type Filter =
  | { readonly type: "and" | "or"; readonly parts: readonly Filter[] }
  | { readonly type: "not"; readonly part: Filter }
  | { readonly type: "compare"; readonly field: Field; readonly operator: Comparison; readonly value: string | number }
  | { readonly type: "like"; readonly field: Field; readonly pattern: string; readonly ignoreCase: boolean }
  | { readonly type: "in"; readonly field: Field; readonly values: readonly string[]; readonly negated: boolean }
  | { readonly type: "null"; readonly field: Field; readonly negated: boolean };

export type Condition = Exclude<Filter, { readonly type: "and" | "or" | "not" }>;

/** One key to sort by. */
export interface Order {
  readonly field: Field;
  readonly descending: boolean;
}
