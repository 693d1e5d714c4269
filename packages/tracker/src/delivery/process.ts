// What runs in the delivery process.
import { logOnStderr } from "./delivery-log.ts";
import { serveOwner } from "./serve-owner.ts";

process.on("uncaughtException", (cause) => {
  logOnStderr(`ends of a bug: ${cause.stack ?? cause.message}`);
  process.exit(1);
});
serveOwner().then(() => process.exit(0));
