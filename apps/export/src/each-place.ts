import type { Destination } from "@runferry/tracker";

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
  const lane = async () => {
    for (const group of groups) {
      for (const destination of group) results.set(destination, await work(destination));
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(placesAtOnce, destinations.length) }, lane));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return destinations.map((destination) => results.get(destination)!);
}
