import { type Json, stringifyJson } from "@runferry/core";
import { type DestinationStatus, deliveryStatus, durationText, type Reader } from "@runferry/tracker";
import { choiceOptions } from "../choice-options.ts";
import { chosenRuns } from "../chosen-runs.ts";
import type { Command, Context } from "../command.ts";
import { bytesText, counted } from "../output/formats.ts";
import { table } from "../output/table.ts";
import { fullName, type RunLabel } from "../run-label.ts";

const shownByDefault = 10;
const watchEveryMs = 2000;

export const status: Command = {
  name: "status",
  summary: "how far the destinations of runs are",
  usage: "runferry status [experiment or handle…] [--watch]",
  examples: [
    ["runferry status", "runs that wait for something, and the newest; exit code 1 where something needs you"],
    ["runferry status run_014 --watch", "one run, as it goes"],
    ["runferry status --json", "for programs: every run, times in milliseconds since 1970"],
  ],
  options: { watch: { type: "boolean", help: "look again every two seconds, until Ctrl-C" }, ...choiceOptions },
  words: { least: 0, most: Number.POSITIVE_INFINITY },
  async run(context) {
    const reader = context.reader();
    if (context.options.watch !== true) return show(context, reader);
    const stop = new AbortController();
    process.once("SIGINT", () => stop.abort());
    let code = 0;
    while (!stop.signal.aborted) {
      if (process.stdout.isTTY && !context.isJson) process.stdout.write("\u001b[H\u001b[2J");
      code = await show(context, reader);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, watchEveryMs);
        stop.signal.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return code;
  },
};

interface Shown {
  readonly run: RunLabel;
  readonly destinations: readonly DestinationStatus[];
}

async function show(context: Context, reader: Reader): Promise<number> {
  const all: Shown[] = [];
  for (const run of chosenRuns(context, reader)) {
    const destinations = await deliveryStatus(reader.store, run.id);
    if (destinations.length > 0) all.push({ run, destinations });
  }
  if (context.isJson) {
    const told = all.map(({ run, destinations }) => ({
      run: run.id,
      name: fullName(run),
      destinations,
    }));
    context.print(stringifyJson(JSON.parse(JSON.stringify(told)) as Json));
  } else print(context, all);
  return all.some(({ destinations }) => destinations.some(needsSomebody)) ? 1 : 0;
}

function print(context: Context, all: readonly Shown[]): void {
  const shown = all.filter(
    ({ destinations }, i) => i < shownByDefault || destinations.some((one) => one.state !== "up to date"),
  );
  if (shown.length === 0) {
    context.note("no run has a destination besides the store");
    return;
  }
  const rows = shown.flatMap(({ run, destinations }) =>
    destinations.map((one, i) => ({ name: i === 0 ? fullName(run) : "", one })),
  );
  const lines = table(
    [
      { title: "run", keepsEnds: true, cells: rows.map(({ name }) => name) },
      { title: "to", keepsEnds: true, cells: rows.map(({ one }) => one.place) },
      { title: "state", cells: rows.map(({ one }) => stateText(one)) },
      { title: "", keepsEnds: true, cells: rows.map(({ one }) => remark(one)) },
    ],
    context.width,
  );
  for (const line of lines) context.print(line);
  if (shown.length < all.length) context.note(`${counted(all.length - shown.length, "more run")}, all up to date`);
}

function stateText({ state, waiting, etaMs, parked, isFollowed }: DestinationStatus): string {
  if (state === "up to date") return isFollowed ? state : "exported";
  if (state === "incomplete") return `${counted(parked.length, "event")} refused`;
  if (state === "gone") return "gone there";
  if (!isFollowed) return `exported, ${counted(waiting.events, "event")} since`;
  const age = waiting.oldestAt === undefined ? "" : `, ${durationText(Date.now() - waiting.oldestAt)}`;
  const eta = etaMs === undefined ? "" : `, ${durationText(etaMs)} left`;
  return `${counted(waiting.events, "event")} behind (${bytesText(waiting.bytes)}${age})${eta}`;
}

function remark(one: DestinationStatus): string {
  const { state, lastError, nextRetryAt, remote, isFollowed } = one;
  if (lastError && state !== "up to date") {
    const isForPeople = state === "stopped" || lastError.code === "needs_credentials";
    const then = !isFollowed ? "" : isForPeople ? "; then: runferry sync" : nextText(nextRetryAt);
    return `${lastError.message}, since ${new Date(lastError.at).toTimeString().slice(0, 5)}${then}`;
  }
  if (state === "gone") return `put it back, or: runferry export --repair --to ${one.place}`;
  if (state === "stopped" && isFollowed) return "nobody delivers it: runferry sync";
  return remote?.url ?? remote?.id ?? "";
}

function nextText(nextRetryAt: number | undefined): string {
  const ms = (nextRetryAt ?? 0) - Date.now();
  return ms > 0 ? `; again in ${durationText(ms)}` : "";
}

function needsSomebody({ state, isFollowed, lastError }: DestinationStatus): boolean {
  if (!isFollowed) return false;
  return state === "gone" || state === "incomplete" || state === "stopped" || lastError?.code === "needs_credentials";
}
