import { existsSync } from "node:fs";
import { isAbsolute } from "node:path";
import { type Delivery, hasBegun, RunferryError } from "@runferry/core";

/** Whether an address is a folder, and it is not there. A folder that nothing was delivered to need not be. */
export function isGoneFolder(address: string): boolean {
  return isAbsolute(address) && !existsSync(address);
}

/** What a delivery of a run comes to whose folder is gone; undefined where nothing of it was there. */
export function goneWith(folder: string, saved: Delivery | undefined): RunferryError | undefined {
  if (saved === undefined || !hasBegun(saved)) return undefined;
  return new RunferryError("gone", `the folder ${folder}, where the run was delivered to, is not there any more`, {
    hint: "put it back, or have the runs written anew: runferry export --repair",
    data: "nothing was sent; the runs are in the store",
  });
}
