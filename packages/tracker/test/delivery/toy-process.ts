// A delivery process for which places of the kind mlflow are toy servers, and which is in a hurry.
import { serveOwner } from "../../src/delivery/serve-owner.ts";
import { open } from "./open-toys.ts";

serveOwner({
  open,
  retry: { firstMs: 20, longestMs: 200, attempts: 5 },
  graceMs: 500,
  patience: { firstMs: 100, longestMs: 300 },
}).then(() => process.exit(0));
