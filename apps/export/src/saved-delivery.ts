import { type Backend, type Delivery, destinationName, type Telling, toldAddress } from "@runferry/core";
import type { Store } from "@runferry/local";

/** What the store knows of the delivery of a run to a place, told in this way. */
export async function savedDelivery(
  { deliveries }: Store,
  run: string,
  { kind, address }: Backend,
  telling: Telling | undefined,
): Promise<Delivery | undefined> {
  return deliveries.saved(run, await destinationName(kind, toldAddress(address, telling)));
}
