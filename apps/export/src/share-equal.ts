const mostKnown = 1000;

/**
 * Gives the same object for all that say the same. What is told of a run is often what was told of the last one, and a
 * report of fifty thousand holds it once.
 */
export function createSharing(): <T extends object>(value: T) => T {
  const known = new Map<string, object>();
  return <T extends object>(value: T): T => {
    const text = JSON.stringify(value);
    const found = known.get(text);
    if (found !== undefined) return found as T;
    if (known.size < mostKnown) known.set(text, value);
    return value;
  };
}
