import type { Command, Context, Option } from "../command.ts";
import { table } from "../output/table.ts";

export const globalOptions: { readonly [name: string]: Option } = {
  dir: { type: "string", value: "folder", help: "the store; default RUNFERRY_DIR, runferry.yaml, the nearest upwards" },
  json: { type: "boolean", help: "results for programs" },
  quiet: { type: "boolean", help: "no remarks on stderr" },
  help: { type: "boolean", help: "this" },
  version: { type: "boolean", help: "the version" },
};

/** The help of everything, or of one command. */
export function printHelp(context: Context, commands: readonly Command[], command: Command | undefined): void {
  const print = (lines: readonly string[]) => {
    for (const line of lines) if (line !== "") context.print(`  ${line}`);
  };
  const width = context.width - 2;
  if (command === undefined) {
    context.print(
      "runferry: log training runs to a folder that survives a crash, move them, and prove that they arrived\n",
    );
    printExamples(context, [
      [
        "runferry plan ./experiments ./mlruns --to mlflow:http://localhost:5000 --to tensorboard:./tb",
        "what moving runs would mean; writes nothing",
      ],
      [
        "runferry migrate ./experiments ./mlruns --to mlflow:http://localhost:5000 --to tensorboard:./tb",
        "moves them and proves it; again, or after Ctrl-C: what is missing",
      ],
      ["runferry ls ctr_model --sort 'metrics.val_loss'", "what is in the store"],
      ["runferry status", "how far the destinations of runs are, and what needs you"],
    ]);
    context.print("\nCommands:");
    print(
      pairs(
        commands.map((one) => [one.usage.replace(/^runferry /, ""), one.summary]),
        width,
      ),
    );
    context.print("\nOptions of every command:");
    print(pairs(optionLines(globalOptions), width));
    context.print("\nExit codes: 0; 1 something is lost, refused or needs you; 2 the command line makes no sense;");
    context.print("3 nothing could start; 130 after Ctrl-C, and the same command goes on");
    context.print("\nrunferry help <command> starts with examples");
    return;
  }
  context.print(`${command.name}: ${command.summary}\n`);
  printExamples(context, command.examples);
  context.print(`\nUsage: ${command.usage}`);
  if (Object.keys(command.options).length > 0) print(pairs(optionLines(command.options), width));
  context.print("Options of every command:");
  print(pairs(optionLines(globalOptions), width));
}

function printExamples(context: Context, examples: Command["examples"]): void {
  for (const [line, what] of examples) context.print(`  $ ${line}\n      ${what}`);
}

function optionLines(options: { readonly [name: string]: Option }): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, help }]) => [`--${name}${value ? ` <${value}>` : ""}`, help]);
}

function pairs(lines: readonly (readonly [string, string])[], width: number): readonly string[] {
  const cells = (i: 0 | 1) => ({ title: "", cells: lines.map((line) => line[i]) });
  return table([cells(0), cells(1)], width);
}
