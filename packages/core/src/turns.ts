/** Of the calls with one key, each begins when the one before it is over. */
export type Turns = <T>(key: string, call: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (key, call) => {
    const earlier = last.get(key);
    const own = (async () => {
      await earlier?.catch(() => undefined);
      return call();
    })();
    last.set(key, own);
    try {
      return await own;
    } finally {
      if (last.get(key) === own) last.delete(key);
    }
  };
}
