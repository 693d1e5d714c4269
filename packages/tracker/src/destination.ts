import { resolve } from "node:path";
import { type Backend, RunferryError, type Source } from "@runferry/core";
import { localBackend, localSource } from "@runferry/local";
import type { Place, PlaceKind } from "./places.ts";

/** A place, opened: what delivers to it, and what reads it back. */
export interface Destination {
  /** As people write it: `tensorboard:./tb`. */
  readonly name: string;
  readonly backend: Backend;
  readonly source: Source;
  /** Whether secrets are masked on the way there: everywhere but in a local store. */
  readonly masks: boolean;
}

/** Kinds that this version can deliver to. */
export const deliverable: readonly PlaceKind[] = ["local", "tensorboard"];

/** Opens a place. The package of its kind is only loaded here, so that a kind nobody uses costs nothing. */
export async function openDestination(place: Place, cwd: string = process.cwd()): Promise<Destination> {
  const { kind, address } = place;
  if (!deliverable.includes(kind)) throw unavailable(kind);
  if (address === undefined) throw withoutFolder(kind);
  const folder = resolve(cwd, address);
  const name = place.name ?? `${kind}:${address}`;
  if (kind === "local") return { name, backend: localBackend(folder), source: localSource(folder), masks: false };
  const { tensorboard, tensorboardSource } = await import("@runferry/tensorboard");
  return { name, backend: tensorboard({ logdir: folder }), source: tensorboardSource(folder), masks: true };
}

function unavailable(kind: PlaceKind): RunferryError {
  return new RunferryError("bad_option", `delivery to ${kind} is not available in this version`, {
    hint: `export to one of ${deliverable.map((one) => `${one}:folder`).join(", ")}`,
    data: "nothing was written; the runs are in the store",
  });
}

function withoutFolder(kind: PlaceKind): RunferryError {
  return new RunferryError("bad_option", `the place ${kind} does not say which folder`, {
    hint: `name it, for example ${kind}:./${kind}`,
    data: "nothing was written",
  });
}
