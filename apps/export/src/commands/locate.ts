import { isRunferryError, type Json, RunferryError, stringifyJson } from "@runferry/core";
import { type DestinationStatus, deliveryStatus, type LoggedRun, type Reader } from "@runferry/tracker";
import type { Command } from "../command.ts";
import { plainText } from "../output/plain-text.ts";
import { fullName } from "../run-label.ts";

export const locate: Command = {
  name: "locate",
  summary: "find a run by an id or a URL of any destination, or the id it had before",
  usage: "runferry locate <id or URL>",
  examples: [
    [
      "runferry locate http://ml.lab:5000/#/experiments/3/runs/8c1fe2…",
      "which run that page shows, and where else it is",
    ],
    ["runferry locate 8c1fe2a94d3b4c07", "which run that was, before it was imported or migrated"],
    ["runferry locate @last", "where the newest run is"],
  ],
  options: {},
  words: { least: 1, most: 1 },
  async run(context) {
    const wanted = context.words[0]!;
    const reader = context.reader();
    const run = byHandle(reader, wanted) ?? byOrigin(reader, wanted) ?? (await byRemote(reader, wanted));
    if (run === undefined) throw nowhere(wanted, reader.store.folder);
    const places = (await deliveryStatus(reader.store, run.id)).map(({ place, state, remote }) => ({
      place,
      state,
      id: remote?.id ?? null,
      url: remote?.url ?? null,
    }));
    const name = fullName(run);
    if (context.isJson) {
      context.print(stringifyJson({ run: run.id, name, dir: run.dir, places } as unknown as Json));
      return 0;
    }
    context.print(plainText(`${name}  ${run.id}`));
    context.print(plainText(`  here  ${run.dir}`));
    for (const { place, id, url } of places) context.print(plainText(`  ${place}  ${url ?? id ?? "not there yet"}`));
    return 0;
  },
};

function byHandle(reader: Reader, wanted: string): LoggedRun | undefined {
  try {
    return reader.getRun(wanted);
  } catch (cause) {
    if (isRunferryError(cause, "not_found")) return undefined;
    throw cause;
  }
}

/** By the id that an imported run had where it came from. */
function byOrigin(reader: Reader, wanted: string): LoggedRun | undefined {
  return reader.runs().find(({ source }) => source?.id === wanted);
}

async function byRemote(reader: Reader, wanted: string): Promise<LoggedRun | undefined> {
  for (const run of reader.runs()) {
    const statuses = await deliveryStatus(reader.store, run.id);
    if (statuses.some((status) => isThere(status, wanted))) return run;
  }
  return undefined;
}

/** A page of a run may lie below its own address: its metrics, its artifacts. */
function isThere({ remote }: DestinationStatus, wanted: string): boolean {
  if (remote === undefined) return false;
  if (remote.id === wanted) return true;
  const bare = wanted.replace(/\/+$/, "");
  return remote.url !== undefined && (bare === remote.url || bare.startsWith(`${remote.url}/`));
}

function nowhere(wanted: string, dir: string): RunferryError {
  return new RunferryError("not_found", `no run in ${dir} is known as ${JSON.stringify(wanted)}`, {
    hint: "give an id or the address of a run's page, and the store with --dir; see them with runferry status --json",
    data: "nothing was changed",
  });
}
