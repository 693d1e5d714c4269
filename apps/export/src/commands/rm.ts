import type { Command } from "../command.ts";
import { counted } from "../output/formats.ts";
import { plainText } from "../output/plain-text.ts";
import { listJson, runJson } from "../output/run-json.ts";
import { fullName } from "../run-label.ts";

export const rm: Command = {
  name: "rm",
  summary: "delete runs, to the trash or for good",
  usage: "runferry rm <handle…> [--purge]",
  examples: [
    ["runferry rm run_003 run_004", "to the trash; runferry restore brings them back"],
    ["runferry rm ctr_model/run_003 --purge", "for good, also when it is in the trash already"],
  ],
  options: { purge: { type: "boolean", help: "remove the runs and their files for good" } },
  words: { least: 1, most: Number.POSITIVE_INFINITY },
  run(context) {
    const reader = context.reader();
    const purge = context.options.purge === true;
    // All are found before any is touched.
    const found = context.words.map((handle) => reader.getRun(handle, { includeDeleted: purge }));
    const runs = [...new Map(found.map((run) => [run.id, run])).values()];
    const told = context.isJson ? listJson(runs.map(runJson)) : undefined;
    reader.store.trash.put(runs.flatMap((run) => (run.isDeleted ? [] : [run.id])));
    if (purge) reader.store.trash.purge(runs.map((run) => run.id));
    if (told !== undefined) return context.print(told);
    for (const run of runs) context.print(plainText(`${run.id}  ${fullName(run)}`));
    context.note(
      purge
        ? `${counted(runs.length, "run")} removed for good`
        : `${counted(runs.length, "run")} moved to the trash; back with: runferry restore ${runs.map((run) => run.id).join(" ")}`,
    );
  },
};
