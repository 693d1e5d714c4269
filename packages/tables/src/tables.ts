/** What the cells of a column are. A `time` is in microseconds since 1970, UTC. */
export type ColumnType = "text" | "integer" | "double" | "boolean" | "time";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** Whether no row goes without it. */
  readonly isRequired?: boolean;
}

export type Cell = string | number | boolean | null;

/** The tables that hold the facts of a run, each fact in one of them. */
export type TableName = "metrics" | "params" | "tags" | "artifacts" | "events";

/** Which run and stream a row is of; the same in every row that is written at once. */
export const constantColumns: readonly Column[] = [
  { name: "run_id", type: "text", isRequired: true },
  { name: "run_name", type: "text" },
  { name: "experiment_name", type: "text" },
  { name: "stream", type: "text", isRequired: true },
];

/** `time_ms` is there only where `time` cannot hold the time: before 1684 and after 2255. */
const stampColumns: readonly Column[] = [
  { name: "seq", type: "integer", isRequired: true },
  { name: "time", type: "time" },
  { name: "time_ms", type: "double" },
];

/** The columns of each table behind the constant ones. */
export const tables: { readonly [K in TableName]: readonly Column[] } = {
  metrics: [
    ...stampColumns,
    { name: "step", type: "integer" },
    { name: "metric", type: "text", isRequired: true },
    { name: "value", type: "double", isRequired: true },
    { name: "context", type: "text" },
  ],
  params: [
    ...stampColumns,
    { name: "name", type: "text", isRequired: true },
    { name: "type", type: "text", isRequired: true },
    { name: "value", type: "text", isRequired: true },
    { name: "number", type: "double" },
  ],
  tags: [
    ...stampColumns,
    { name: "name", type: "text", isRequired: true },
    { name: "value", type: "text" },
    { name: "is_deleted", type: "boolean", isRequired: true },
  ],
  artifacts: [
    ...stampColumns,
    { name: "path", type: "text", isRequired: true },
    { name: "bytes", type: "integer", isRequired: true },
    { name: "sha256", type: "text", isRequired: true },
    { name: "type", type: "text" },
    { name: "reference", type: "text" },
    { name: "metadata", type: "text" },
  ],
  events: [
    ...stampColumns,
    { name: "kind", type: "text", isRequired: true },
    { name: "name", type: "text" },
    { name: "step", type: "integer" },
    { name: "data", type: "text", isRequired: true },
  ],
};

export const tableNames: readonly TableName[] = Object.keys(tables) as TableName[];

/** Rows of a table, column by column. */
export interface Rows {
  /** All columns, the constant ones first. */
  readonly columns: readonly Column[];
  /** The cells of the first columns, which are the same in every row. */
  readonly constants: readonly Cell[];
  /** The cells of the others. */
  readonly data: readonly Cell[][];
  readonly length: number;
}
