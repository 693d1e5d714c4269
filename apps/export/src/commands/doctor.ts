import { statfsSync } from "node:fs";
import { isRunferryError, type Json, type RunferryError, stringifyJson } from "@runferry/core";
import type { StoreHealth } from "@runferry/local";
import type { PlaceFacts } from "@runferry/tracker";
import { chosenPlaces, closePlaces, placeOptions } from "../chosen-places.ts";
import { type Command, type Context, listOption } from "../command.ts";
import { bytesText, counted } from "../output/formats.ts";
import { plainLines, plainText } from "../output/plain-text.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "look for trouble in the store and at places",
  usage: "runferry doctor [--to <place>]",
  examples: [
    ["runferry doctor", "reads every journal; exit code 1 where something is damaged or cannot be read"],
    ["runferry doctor --to mlflow", "and asks whether the server is there and lets you in"],
    ["runferry doctor --dir /data/runferry --json", "for programs"],
  ],
  options: placeOptions,
  words: { least: 0, most: 0 },
  async run(context) {
    const { store } = context.reader();
    const places = await checkPlaces(context, store.folder);
    const health = store.inspect();
    const { bavail, bsize } = statfsSync(store.folder);
    const free = bavail * bsize;
    if (context.isJson) {
      const report = { dir: store.folder, node: process.versions.node, freeBytes: free, ...health, places };
      context.print(stringifyJson(JSON.parse(JSON.stringify(report)) as Json));
    } else {
      printHealth(context, store.folder, free, health, places);
    }
    return troublesOf(health, places) > 0 ? 1 : 0;
  },
};

interface CheckedPlace {
  readonly place: string;
  readonly facts?: PlaceFacts;
  readonly trouble?: RunferryError;
}

async function checkPlaces(context: Context, store: string): Promise<readonly CheckedPlace[]> {
  if (listOption(context, "to").length === 0) return [];
  const destinations = await chosenPlaces(context, store);
  const checked = destinations.map(async ({ name, check }) => {
    try {
      return { place: name, ...(check ? { facts: await check() } : {}) };
    } catch (cause) {
      if (isRunferryError(cause)) return { place: name, trouble: cause };
      throw cause;
    }
  });
  const places = await Promise.all(checked);
  await closePlaces(destinations);
  return places;
}

function troublesOf({ damaged, unreadable }: StoreHealth, places: readonly CheckedPlace[]): number {
  return damaged.length + unreadable.length + places.filter(({ trouble }) => trouble).length;
}

function printHealth(
  { print }: Context,
  folder: string,
  free: number,
  health: StoreHealth,
  places: readonly CheckedPlace[],
): void {
  const { locks, orphans, damaged, unreadable } = health;
  const held = locks.filter((lock) => lock.state === "held");
  print(plainText(`store    ${folder}, format ${health.format}`));
  print(`runs     ${health.runs}, and ${health.deleted} in the trash`);
  print(`disk     ${bytesText(free)} free`);
  print(`node     ${process.versions.node}`);
  for (const { run, stream, holder } of held) {
    const who = holder === undefined ? "" : ` by process ${holder.pid} on ${holder.host}`;
    print(plainText(`writing  ${run} ${stream}${who}`));
  }
  for (const run of orphans) print(`killed   ${run}: its process died without a word; everything it logged is there`);
  for (const { run, stream, events, where } of damaged) {
    print(plainText(`damaged  ${run} ${stream}: ${counted(events, "event")} lost, ${where}`));
  }
  for (const { path, message } of unreadable) print(plainText(`unread   ${path}: ${message}`));
  for (const { place, facts, trouble } of places) {
    const told = Object.entries(facts ?? {}).map(([fact, is]) => `${fact} ${is}`);
    const said = trouble?.explain() ?? (facts ? ["is there", ...told].join(", ") : "a folder; nobody to ask");
    for (const line of plainLines(`place    ${place}: ${said}`)) print(line);
  }
  const troubles = troublesOf(health, places);
  print(troubles === 0 ? "no trouble found" : `${counted(troubles, "trouble")} found; nothing was changed`);
}
