import type { Destination } from "../destination.ts";

/** Places that are open, each once however many runs go there, and closed when none does. */
export interface OpenPlaces {
  use<T>(place: string, work: (destination: Destination) => Promise<T>): Promise<T>;
}

export function createOpenPlaces(open: (place: string) => Promise<Destination>): OpenPlaces {
  const places = new Map<string, { readonly opening: Promise<Destination>; users: number }>();
  return {
    async use(place, work) {
      const used = places.get(place) ?? { opening: open(place), users: 0 };
      places.set(place, used);
      used.users++;
      try {
        return await work(await used.opening);
      } finally {
        used.users--;
        if (used.users === 0) {
          places.delete(place);
          const destination = await used.opening.catch(() => undefined); // told to those who wanted it
          await destination?.backend.close();
        }
      }
    },
  };
}
