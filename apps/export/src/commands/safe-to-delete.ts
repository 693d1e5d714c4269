import { type Json, stringifyJson } from "@runferry/core";
import { type Destination, openDestination, parsePlace, type Reader } from "@runferry/tracker";
import { chosenPlaces, closePlaces } from "../chosen-places.ts";
import { chosenRuns } from "../chosen-runs.ts";
import { type Context, listOption } from "../command.ts";
import { type LongWork, longWork } from "../long-work.ts";
import { bytesText, counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { safeToDelete } from "../safe-to-delete.ts";

const mostReasons = 10;

/** What `verify --safe-to-delete` does. Exit code 1 where a folder has to stay. */
export async function tellSafe(context: Context): Promise<number> {
  const reader = context.reader();
  const runs = chosenRuns(context, reader);
  const isNamed = listOption(context, "to").length > 0;
  const destinations = isNamed ? await chosenPlaces(context, reader.store.folder) : await knownPlaces(reader, runs);
  try {
    const look = async ({ signal, tell: onProgress, settle }: LongWork) => {
      const folders = await safeToDelete({ store: reader.store, runs, destinations, signal, onProgress });
      settle();
      if (context.isJson) context.print(stringifyJson(folders as unknown as Json));
      else for (const one of folders) for (const line of textOf(one)) context.print(plainText(line));
      if (folders.length === 0) context.note("no run that is chosen was taken from a folder of this machine");
      context.note("nothing was deleted; once a folder is gone, its files are at those places only");
      return folders.every(({ reasons }) => reasons.length === 0) ? 0 : 1;
    };
    return await longWork(context, look, "interrupted: nothing was deleted");
  } finally {
    await closePlaces(destinations);
  }
}

function textOf({ folder, runs, files, bytes, at, reasons }: Awaited<ReturnType<typeof safeToDelete>>[number]) {
  if (reasons.length === 0) {
    const what = `${counted(runs, "run")}, ${counted(files, "file")}, ${bytesText(bytes)}`;
    return [`may go  ${folder}  ${what}, all of it at ${at.join(" or ")}`];
  }
  const more = reasons.length - mostReasons;
  return [
    `stays   ${folder}`,
    ...reasons.slice(0, mostReasons).map((reason) => `  ${reason}`),
    ...(more > 0 ? [`  and ${more} more: --json`] : []),
  ];
}

/** Everywhere the runs were delivered to. */
async function knownPlaces(
  { store }: Reader,
  runs: readonly { readonly id: string }[],
): Promise<readonly Destination[]> {
  const places = new Map<string, string>();
  for (const { id } of runs) {
    for (const destination of store.deliveries.destinations(id)) {
      const saved = store.deliveries.saved(id, destination);
      if (saved && saved.telling?.into === undefined) places.set(destination, `${saved.kind}:${saved.address}`);
    }
  }
  const opened: Destination[] = [];
  for (const place of places.values()) opened.push(await openDestination(parsePlace(place)));
  return opened;
}
