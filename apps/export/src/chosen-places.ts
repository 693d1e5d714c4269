import { isAbsolute } from "node:path";
import { type Destination, openDestination, parsePlaces, readConfig, resolvePlace } from "@runferry/tracker";
import { type Context, listOption, type Option, usageError } from "./command.ts";
import { isInside, refuseFile } from "./keep-apart.ts";

export const placeOptions: { readonly [name: string]: Option } = {
  to: {
    type: "string",
    value: "place",
    isList: true,
    help: "tensorboard:folder, mlflow[:uri], wandb[:entity/project], wandb-offline:folder, csv:folder, parquet:folder, local:folder, or a name of runferry.yaml; may be given several times",
  },
};

/** Kinds that take no folder in which anything else lies. */
const alone: ReadonlySet<string> = new Set(["csv", "local", "parquet"]);

/** Opens every place that `--to` names. Nothing is opened where one of them is not possible. */
export async function chosenPlaces(context: Context, store: string): Promise<readonly Destination[]> {
  const told = listOption(context, "to");
  if (told.length === 0) throw usageError("no place is named", "say where, for example --to tensorboard:./tb");
  const places = parsePlaces(told, readConfig(process.cwd())?.places);
  const taken = new Map<string, string>();
  for (const place of places) {
    const { kind, address } = resolvePlace(place);
    const other = taken.get(address) ?? kind;
    if (other !== kind && (alone.has(kind) || alone.has(other))) {
      throw usageError(`${other} and ${kind} cannot both be in ${address}`, "name a folder of its own for each");
    }
    taken.set(address, kind);
    refuseFile(`${kind}:${place.address}`, address);
    if (!isAbsolute(address) || !isInside(address, store)) continue;
    throw usageError(`${kind}:${place.address} lies in the store ${store} itself`, "name a folder outside it");
  }
  const opened: Destination[] = [];
  for (const place of places) opened.push(await openDestination(place));
  return opened;
}

export async function closePlaces(destinations: readonly Destination[]): Promise<void> {
  for (const { backend } of destinations) await backend.close();
}
