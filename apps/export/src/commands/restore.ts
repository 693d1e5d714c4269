import type { Command } from "../command.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { listJson, runJson } from "../output/run-json.ts";
import { fullName } from "../run-label.ts";

export const restore: Command = {
  name: "restore",
  summary: "take runs out of the trash",
  usage: "runferry restore <handle…>",
  examples: [
    ["runferry restore run_003", "by name, or by id"],
    ["runferry ls --deleted", "shows what is in the trash"],
  ],
  options: {},
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  run(context) {
    const reader = context.reader();
    const runs = context.words.map((handle) => reader.restoreRun(handle));
    if (context.isJson) return context.print(listJson(runs.map(runJson)));
    for (const run of runs) context.print(plainText(`${run.id}  ${fullName(run)}`));
    context.note(`${counted(runs.length, "run")} restored`);
  },
};
