import { toyClient, toyServerSource } from "@runferry/testkit";
import { type Destination, parsePlace } from "@runferry/tracker";
import { openPlace } from "../../src/delivery/run-places.ts";

/** Opens places; those of the kind mlflow are toy servers. */
export async function open(place: string): Promise<Destination> {
  const { kind, address = "" } = parsePlace(place);
  if (kind !== "mlflow") return openPlace(place);
  return { name: place, backend: { ...toyClient(address), kind }, source: toyServerSource(address), masks: true };
}
