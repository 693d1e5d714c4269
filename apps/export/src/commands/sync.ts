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
import { choiceOptions } from "../choice-options.ts";
import { chosenRuns } from "../chosen-runs.ts";
import { type Command, type Context, listOption } from "../command.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { createProgressLine } from "../output/progress-line.ts";

export const sync: Command = {
  name: "sync",
  summary: "deliver what is still to come of runs to their destinations",
  usage: "runferry sync [experiment or handle…] [--to <place>] [--follow]",
  examples: [
    ["runferry sync", "what a server that was away, or missing credentials, have kept back; from any machine"],
    ["runferry sync ctr_model --to tensorboard:./tb", "one destination more, from the first event on"],
    ["runferry sync --follow", "whatever comes to be in the store, until Ctrl-C: for trainings without a network"],
  ],
  options: {
    to: {
      type: "string",
      value: "place",
      isList: true,
      help: "add this destination to the runs; may be given several times",
    },
    follow: { type: "boolean", help: "go on with what is logged, until Ctrl-C" },
    ...choiceOptions,
  },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const reader = context.reader();
    const stop = new AbortController();
    const interrupt = () => stop.abort(new Error("interrupted"));
    process.once("SIGINT", interrupt);
    try {
      if (context.options.follow === true) return await follow(context, reader, stop.signal);
      return await once(context, reader, stop.signal);
    } finally {
      process.off("SIGINT", interrupt);
    }
  },
};

async function follow(context: Context, { store }: Reader, signal: AbortSignal): Promise<number> {
  context.note(`following ${store.folder}; Ctrl-C ends it, and nothing is lost`);
  await followStore({ dir: store.folder, signal, log: (line) => context.note(maskText(line)) });
  return 0;
}

async function once(context: Context, reader: Reader, signal: AbortSignal): Promise<number> {
  const { store } = reader;
  const told = parsePlaces(listOption(context, "to"), readConfig(process.cwd())?.places);
  const to = remotePlaces(told, store.folder, { cwd: process.cwd(), env: process.env });
  const runs = chosenRuns(context, reader);
  const names = new Map(runs.map((run) => [run.id, `${run.experiment}/${run.name}`]));
  const line = createProgressLine(context.progress);
  const synced = await syncRuns({
    store,
    runs: runs.map(({ id }) => id),
    ...(to.length === 0 ? {} : { to }),
    signal,
    onProgress: (place, run, done, of) => line.update(place, done, of, names.get(run) ?? run),
  });
  line.end();
  if (context.isJson) context.print(stringifyJson(synced as unknown as Json));
  else tell(synced, names, context);
  if (signal.aborted) {
    context.note("interrupted: nothing is lost; the same command goes on");
    return 130;
  }
  return synced.every(({ state }) => state === "delivered" || state === "busy") ? 0 : 1;
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
