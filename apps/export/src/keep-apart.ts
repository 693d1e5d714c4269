import { type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, relative } from "node:path";
import { messageOf, RunferryError } from "@runferry/core";
import type { Destination } from "@runferry/tracker";
import { usageError } from "./command.ts";
import type { OpenedSource } from "./open-source.ts";

/** Whether a path is a folder, or lies in it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (!way.startsWith("..") && !isAbsolute(way));
}

type PlaceAt = Pick<Destination, "name"> & { readonly backend: { readonly address: string } };

/**
 * Sources are only read, so no place may lie in one. A project that one stands in is another thing: the runs are in a part
 * of it, and copies may come to lie beside them.
 */
export function refuseInSources(destinations: readonly PlaceAt[], sources: readonly OpenedSource[]): void {
  for (const { name, takenFrom } of sources) {
    const folder = takenFrom?.().folder;
    if (folder === undefined) continue;
    for (const { name: place, backend } of destinations) {
      const { address } = backend;
      const isApart = !isAbsolute(address) || !isInside(address, folder);
      if (isApart || (address !== folder && isInside(process.cwd(), folder))) continue;
      throw usageError(`${place} lies in ${name}, which is only read`, "name a folder outside it");
    }
  }
}

/** A file stands where the folder of a place should be, or one on the way to it. */
export function refuseFile(place: string, address: string): void {
  if (!isAbsolute(address)) return;
  let path = address;
  let there = statsOf(path, place);
  while (there === undefined) {
    path = dirname(path);
    there = statsOf(path, place);
  }
  if (there.isDirectory()) return;
  throw usageError(
    `${place} is no folder: there is a file of that name${path === address ? "" : ` on the way, ${path}`}`,
    "name a folder; it may be one that is not there yet",
  );
}

function statsOf(path: string, place: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (cause) {
    throw new RunferryError("unavailable", `${place} cannot be looked at: ${messageOf(cause)}`, {
      hint: "give this user the right to read and write there, or name another folder",
      data: "nothing was done",
      cause,
    });
  }
}
