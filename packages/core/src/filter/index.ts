export type { Comparison, Condition, Field, FieldEntity, Filter, Order } from "./filter.ts";
export { isGlob } from "./like.ts";
export { matches } from "./matches.ts";
export { parseOrder, sortedBy } from "./order.ts";
export { parseFilter } from "./parse-filter.ts";
export { printFilter, printOrder } from "./print-filter.ts";
export { pythonText } from "./python-text.ts";
export { statusOfWord } from "./status-word.ts";
export { type FilterSubject, meaningsOf } from "./subject.ts";
