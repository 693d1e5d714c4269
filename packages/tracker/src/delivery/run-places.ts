import { isAbsolute, relative } from "node:path";
import { badOption } from "../check-options.ts";
import { type Destination, openDestination, resolvePlace } from "../destination.ts";
import { type Place, parsePlace } from "../places.ts";

export interface PlaceSurroundings {
  readonly cwd: string;
  readonly env: { readonly [name: string]: string | undefined };
}

/** A place as a run remembers it: `kind:address`, which means the same wherever it is read. */
export function placeText(place: Place, surroundings: PlaceSurroundings): string {
  const { kind, address } = resolvePlace(place, surroundings);
  return `${kind}:${address}`;
}

/**
 * Where a run goes besides its store, as it remembers it. Throws `bad_option` for a place that does not say where it is,
 * lies in the store, or that this version cannot deliver to.
 */
export function remotePlaces(
  places: readonly Place[],
  store: string,
  surroundings: PlaceSurroundings,
): readonly string[] {
  const remote = places.filter(({ kind, address }) => kind !== "local" || address !== undefined);
  const texts = remote.map((place) => {
    const text = placeText(place, surroundings);
    const { address } = parsePlace(text);
    if (address !== undefined && isAbsolute(address) && isInside(address, store)) {
      throw badOption(
        `${text} lies in the store ${store} itself`,
        "name a folder outside it; the store is always written",
      );
    }
    return text;
  });
  return [...new Set(texts)];
}

/** Opens what a run remembers. */
export function openPlace(text: string): Promise<Destination> {
  return openDestination(parsePlace(text));
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}
