export { csv, parquet, type TablesOptions } from "./backend.ts";
export { keeps } from "./keep-rules.ts";
export { kindOfFolder } from "./marker.ts";
export { removeRun } from "./remove-run.ts";
export { csvSource, parquetSource } from "./source.ts";
