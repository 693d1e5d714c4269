// A delivery process for which places of the kind mlflow are toy servers, and which is in a hurry.
import { toyClient, toyServerSource } from "@runferry/testkit";
import { parsePlace } from "@runferry/tracker";
import { openPlace } from "../../src/delivery/run-places.ts";
import { serveOwner } from "../../src/delivery/serve-owner.ts";

serveOwner({
  async open(place) {
    const { kind, address = "" } = parsePlace(place);
    if (kind !== "mlflow") return openPlace(place);
    const backend = { ...toyClient(address), kind: "mlflow" };
    return { name: place, backend, source: toyServerSource(address), masks: true };
  },
  retry: { firstMs: 20, longestMs: 200, attempts: 5 },
  patience: { firstMs: 100, longestMs: 300 },
}).then(() => process.exit(0));
