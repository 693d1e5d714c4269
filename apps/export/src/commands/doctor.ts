import { statfsSync } from "node:fs";
import { type Json, stringifyJson } from "@runferry/core";
import type { StoreHealth } from "@runferry/local";
import type { Command, Context } from "../command.ts";
import { bytesText, counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "look for trouble in the store",
  usage: "runferry doctor",
  examples: [
    ["runferry doctor", "reads every journal; exit code 1 where something is damaged or cannot be read"],
    ["runferry doctor --dir /data/runferry --json", "for programs"],
  ],
  options: {},
  words: { least: 0, most: 0 },
  run(context) {
    const { store } = context.reader();
    const health = store.inspect();
    const { bavail, bsize } = statfsSync(store.folder);
    const free = bavail * bsize;
    if (context.isJson) {
      const report = { dir: store.folder, node: process.versions.node, freeBytes: free, ...health };
      context.print(stringifyJson(JSON.parse(JSON.stringify(report)) as Json));
    } else {
      printHealth(context, store.folder, free, health);
    }
    return health.damaged.length + health.unreadable.length > 0 ? 1 : 0;
  },
};

function printHealth({ print }: Context, folder: string, free: number, health: StoreHealth): void {
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
  const troubles = damaged.length + unreadable.length;
  print(troubles === 0 ? "no trouble found" : `${counted(troubles, "trouble")} found; nothing was changed`);
}
