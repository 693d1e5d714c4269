import { type Json, maskText, stringifyJson } from "@runferry/core";
import {
  followStore,
  parsePlaces,
  type Reader,
  readConfig,
  remotePlaces,
  type SyncedRun,
  syncRuns,
} from "@runferry/tracker";
import { lossOption } from "../accept-loss.ts";
import { choiceOptions } from "../choice-options.ts";
import { chosenRuns } from "../chosen-runs.ts";
import { sourceOptions } from "../chosen-sources.ts";
import { type Command, type Context, listOption, usageError } from "../command.ts";
import { longWork } from "../long-work.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { fullName } from "../run-label.ts";
import { allPlaces, syncFromSources } from "./sync-from.ts";

export const sync: Command = {
  name: "sync",
  summary: "deliver what is still to come of runs to their destinations",
  usage: "runferry sync [experiment or handle…] [--from <folder>] [--to <place>] [--follow]",
  examples: [
    ["runferry sync", "what a server that was away, or missing credentials, have kept back; from any machine"],
    ["runferry sync ctr_model --to tensorboard:./tb", "one destination more, from the first event on"],
    ["runferry sync --from ./experiments --to mlflow --follow", "while the old tracker is still in use"],
    ["runferry sync --follow", "whatever comes to be in the store, until Ctrl-C: for trainings without a network"],
  ],
  options: {
    from: {
      type: "string",
      value: "folder or place",
      isList: true,
      help: "take in what another tool has written there before; may be given several times",
    },
    every: { type: "string", value: "seconds", help: "how often --from --follow looks again; default 5" },
    ...sourceOptions,
    to: {
      type: "string",
      value: "place",
      isList: true,
      help: "add this destination to the runs; may be given several times",
    },
    follow: { type: "boolean", help: "go on with what is logged, until Ctrl-C" },
    ...choiceOptions,
    ...lossOption,
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  moves: true,
  async run(context) {
    if (listOption(context, "from").length > 0) {
      return syncFromSources(context, (synced, names) => tell(synced, names, context));
    }
    const alone = ["every", "layout", "timezone", "deleted", "artifact-root", ...Object.keys(lossOption)].find(
      (name) => name in context.options,
    );
    if (alone) throw usageError(`--${alone} is of no use without --from`, "name the folder: --from ./experiments");
    const reader = context.reader();
    if (context.options.follow !== true) return once(context, reader);
    const stop = new AbortController();
    const interrupt = () => stop.abort(new Error("interrupted"));
    process.once("SIGINT", interrupt);
    try {
      return await follow(context, reader, stop.signal);
    } finally {
      process.off("SIGINT", interrupt);
    }
  },
};

async function follow(context: Context, { store }: Reader, signal: AbortSignal): Promise<number> {
  context.note(`following ${store.folder}; Ctrl-C ends it, and nothing is lost`);
  context.begin();
  await followStore({ dir: store.folder, signal, log: (line) => context.note(maskText(line)) });
  return 0;
}

async function once(context: Context, reader: Reader): Promise<number> {
  const { store } = reader;
  const told = parsePlaces(listOption(context, "to"), readConfig(process.cwd())?.places);
  const to = remotePlaces(told, store.folder, { cwd: process.cwd(), env: process.env });
  const runs = chosenRuns(context, reader);
  const names = new Map(runs.map((run) => [run.id, fullName(run)]));
  let count: { readonly done: number; readonly of: number } | undefined;
  return longWork(context, async ({ signal, tell: onProgress, settle }) => {
    const synced = await syncRuns({
      store,
      runs: runs.map(({ id }) => id),
      ...(to.length === 0 ? {} : { to }),
      signal,
      onProgress: (place, run, done, of) => {
        count = { done, of };
        onProgress({ ...allPlaces, ...count, run: `${names.get(run) ?? run} → ${place}`, isOver: false });
      },
    });
    if (count) onProgress({ ...allPlaces, ...count, done: synced.length, run: "", isOver: true });
    settle();
    if (context.isJson) context.print(stringifyJson(synced as unknown as Json));
    else tell(synced, names, context);
    return synced.every(({ state }) => state === "delivered" || state === "busy") ? 0 : 1;
  });
}

function tell(synced: readonly SyncedRun[], names: ReadonlyMap<string, string>, { print, note }: Context): void {
  if (synced.length === 0) note("everything is where it belongs");
  for (const [place, there] of Map.groupBy(synced, (one) => one.place)) {
    const count = (state: string) => there.filter((one) => one.state === state).length;
    const busy = count("busy") === 0 ? "" : `, ${count("busy")} left to the process that delivers them`;
    print(plainText(`${place}  ${counted(count("delivered"), "run")} delivered${busy}`));
  }
  for (const { run, place, state, cause } of synced) {
    if (state === "delivered" || state === "busy") continue;
    print(plainText(`${names.get(run) ?? run}  ${place}: ${state}${cause === undefined ? "" : `, ${cause}`}`));
  }
}
