import { type Json, stringifyJson } from "@runferry/core";
import { openStore } from "@runferry/local";
import { parsePlace, parsePlaces, readConfig, remotePlaces, type SyncedRun } from "@runferry/tracker";
import { lossCode } from "../accept-loss.ts";
import { closeSources, openSources } from "../chosen-sources.ts";
import { type Context, countOption, listOption, usageError } from "../command.ts";
import { refuseInSources } from "../keep-apart.ts";
import { longWork } from "../long-work.ts";
import { isTakenIn } from "../migrate-runs.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { syncFrom } from "../sync-from.ts";

/** Runs are counted over all places together. */
export const allPlaces = { stage: "deliver", place: "all places", points: 0, bytes: 0, problems: 0 } as const;

/** `runferry sync --from <folder> --to <place>`: a place kept up to date with a tracker that is still in use. */
export async function syncFromSources(
  context: Context,
  tell: (synced: readonly SyncedRun[], names: ReadonlyMap<string, string>) => void,
): Promise<number> {
  const told = listOption(context, "to");
  if (told.length === 0) throw usageError("no place is named", "say where, for example --to tensorboard:./tb");
  if (context.words.length > 0) throw usageError("--from takes every run of a source", "leave out the other words");
  const follow = context.options.follow === true;
  const everyMs = 1000 * (countOption(context, "every") ?? 5);
  const sources = await openSources({ ...context, words: listOption(context, "from") });
  try {
    const store = openStore(context.storeFolder());
    const places = parsePlaces(told, readConfig(process.cwd())?.places);
    const to = remotePlaces(places, store.folder, { cwd: process.cwd(), env: process.env });
    const named = to.map((name) => ({ name, backend: { address: parsePlace(name).address ?? "" } }));
    refuseInSources(named, sources);
    if (follow) context.note(`following ${sources.map(({ name }) => name).join(", ")}; Ctrl-C ends it`);
    const names = new Map<string, string>();
    const zones = new Set<string>();
    let troubles = "";
    const code = await longWork(context, async ({ signal, tell: onProgress, settle }) => {
      const { imported, synced } = await syncFrom({
        ...{ sources, store, to, signal, follow, everyMs },
        onImported(from, { run, name, state, events, cause, lost }) {
          names.set(run, name);
          const why = cause === undefined ? "" : `: ${cause}`;
          if (state !== "same")
            context.note(plainText(`${from}  ${name}  ${state}, ${counted(events, "event")}${why}`));
          for (const { count, kind, example } of lost) {
            context.note(plainText(`${name}  ${count} × ${kind}: ${example ?? from}`));
          }
        },
        onProgress(place, run, done, of) {
          onProgress({ ...allPlaces, done, of, run: `${names.get(run) ?? run} → ${place}`, isOver: false });
        },
        onSynced(now) {
          for (const { name, guessedZone } of sources) {
            const zone = guessedZone?.();
            if (zone === undefined || zones.has(name)) continue;
            zones.add(name);
            context.note(`${name}: times have no zone, read as ${zone} (--timezone)`);
          }
          // Each trouble once, not every few seconds.
          const needy = now.filter(({ state }) => state !== "delivered" && state !== "busy");
          const text = needy.map(({ run, place, cause }) => `${names.get(run)}  ${place}: ${cause}`).join("\n");
          if (follow && text !== troubles && text !== "") context.note(text);
          troubles = text;
        },
      });
      settle();
      if (context.isJson) context.print(stringifyJson({ imported, synced } as unknown as Json));
      else tell(synced, names);
      const isThere = synced.every(({ state }) => state === "delivered" || state === "busy");
      const lost = imported.flatMap((one) => one.lost);
      return isThere && isTakenIn(imported) ? lossCode(context, lost) : 1;
    });
    return follow ? 0 : code; // which nothing but Ctrl-C ends
  } finally {
    await closeSources(sources);
  }
}
