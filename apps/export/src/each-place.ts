import type { Destination } from "@runferry/tracker";
import { inLanes } from "./in-lanes.ts";

const placesAtOnce = 8;

/**
 * Does the work of every place, several at once: a slow one keeps no other waiting. Names of one and the same place take
 * turns. Where one fails the others still come to their end, and then it fails.
 */
export async function eachPlace<T>(
  destinations: readonly Destination[],
  work: (destination: Destination) => Promise<T>,
): Promise<readonly T[]> {
  const results = new Map<Destination, T>();
  const groups = Map.groupBy(destinations, ({ backend }) => `${backend.kind} ${backend.address}`).values();
  await inLanes(Math.min(placesAtOnce, destinations.length), async () => {
    for (const group of groups) {
      for (const destination of group) results.set(destination, await work(destination));
    }
  });
  return destinations.map((destination) => results.get(destination)!);
}
