/** Does the same work so many times at once. Where one fails, it fails once all have come to their end. */
export async function inLanes(count: number, lane: () => Promise<void>): Promise<void> {
  const ended = await Promise.allSettled(Array.from({ length: count }, lane));
  for (const end of ended) if (end.status === "rejected") throw end.reason;
}
