import type { Command, Context, Option } from "../command.ts";
import { wrapped } from "../output/text-width.ts";

/** A text is no narrower, however narrow the terminal is. */
const leastColumns = 20;

export const globalOptions: { readonly [name: string]: Option } = {
  dir: { type: "string", value: "folder", help: "the store; default RUNFERRY_DIR, runferry.yaml, the nearest upwards" },
  json: { type: "boolean", help: "results for programs" },
  quiet: { type: "boolean", help: "no remarks on stderr" },
  help: { type: "boolean", help: "this" },
  version: { type: "boolean", help: "the version" },
};

/** The help of everything, or of one command. */
export function printHelp(context: Context, commands: readonly Command[], command: Command | undefined): void {
  const printText = (text: string) => {
    for (const line of wrapped(text, context.width)) context.print(line);
  };
  if (command === undefined) {
    printText("runferry: log training runs to a folder that survives a crash, move them, and prove that they arrived");
    context.print("");
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
    printPairs(
      context,
      commands.map(({ name, summary }) => [name, summary]),
    );
    context.print("\nOptions of every command:");
    printPairs(context, optionLines(globalOptions));
    context.print("");
    printText(
      "Exit codes: 0; 1 something is lost, refused or needs you; 2 the command line makes no sense; 3 nothing could start; 130 after Ctrl-C, and the same command goes on",
    );
    context.print("\nrunferry help <command> starts with examples");
    return;
  }
  context.print(`${command.name}: ${command.summary}\n`);
  printExamples(context, command.examples);
  context.print(`\nUsage: ${command.usage}`);
  printPairs(context, optionLines(command.options));
  context.print("Options of every command:");
  printPairs(context, optionLines(globalOptions));
}

function printExamples(context: Context, examples: Command["examples"]): void {
  for (const [line, what] of examples) {
    context.print(`  $ ${line}`);
    for (const text of wrapped(what, Math.max(leastColumns, context.width - 6))) context.print(`      ${text}`);
  }
}

function optionLines(options: { readonly [name: string]: Option }): readonly (readonly [string, string])[] {
  return Object.entries(options).map(([name, { value, help }]) => [`--${name}${value ? ` <${value}>` : ""}`, help]);
}

/** What something is called, and beside it what it is: never cut, for who reads help wants to know. */
function printPairs(context: Context, pairs: readonly (readonly [string, string])[]): void {
  const column = Math.max(0, ...pairs.map(([name]) => name.length)) + 4;
  for (const [name, what] of pairs) {
    const [first = "", ...more] = wrapped(what, Math.max(leastColumns, context.width - column));
    context.print(`  ${name.padEnd(column - 2)}${first}`);
    for (const line of more) context.print(" ".repeat(column) + line);
  }
}
