import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Deliveries, type Delivery, type Json, parseJson, stringifyJson } from "@runferry/core";

/** The deliveries of one run to one place in a file of their own, for processes that a test kills and starts again. */
export function deliveriesInFile(path: string): Deliveries {
  return {
    load: async () => (existsSync(path) ? (parseJson(readFileSync(path, "utf8")) as unknown as Delivery) : undefined),
    async save(_run, delivery) {
      writeFileSync(`${path}.new`, stringifyJson(delivery as unknown as Json));
      renameSync(`${path}.new`, path);
    },
  };
}
