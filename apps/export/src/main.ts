import { readFileSync } from "node:fs";
import { isRunferryError, messageOf } from "@runferry/core";
import { openReader } from "@runferry/tracker";
import type { Command, Context } from "./command.ts";
import { bestCommand } from "./commands/best.ts";
import { compareCommand } from "./commands/compare.ts";
import { doctor } from "./commands/doctor.ts";
import { exportCommand } from "./commands/export.ts";
import { forget } from "./commands/forget.ts";
import { printHelp } from "./commands/help.ts";
import { importCommand } from "./commands/import.ts";
import { locate } from "./commands/locate.ts";
import { ls } from "./commands/ls.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { planCommand } from "./commands/plan.ts";
import { restore } from "./commands/restore.ts";
import { rm } from "./commands/rm.ts";
import { show } from "./commands/show.ts";
import { status } from "./commands/status.ts";
import { sync } from "./commands/sync.ts";
import { undo } from "./commands/undo.ts";
import { verifyCommand } from "./commands/verify.ts";
import { plainLines } from "./output/plain-text.ts";
import { parseLine, unknownCommand } from "./parse-line.ts";
import { storeFolder } from "./store-folder.ts";

export const commands: readonly Command[] = [
  ls,
  show,
  compareCommand,
  bestCommand,
  status,
  sync,
  locate,
  planCommand,
  migrateCommand,
  undo,
  importCommand,
  exportCommand,
  verifyCommand,
  forget,
  rm,
  restore,
  doctor,
];

/**
 * Runs a command line. Exit code 0; 1 for trouble; 2 for a command line that makes no sense; of commands that move runs 3
 * where nothing could start, and 130 after Ctrl-C.
 */
export async function main(args: readonly string[]): Promise<void> {
  // A reader such as `head` that has seen enough is no trouble, and no reason to stop half-way.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EPIPE") throw cause;
    });
  }
  try {
    await run(args);
  } catch (cause) {
    complain(explained(cause));
    process.exitCode = isRunferryError(cause, "bad_option") ? 2 : 1;
  }
}

async function run(args: readonly string[]): Promise<void> {
  const { command, words, options } = parseLine(args, commands);
  let hasBegun = false;
  const folder = () => storeFolder(textOf(options.dir), process.env, process.cwd());
  const context: Context = {
    words,
    options,
    isJson: options.json === true,
    width: terminalWidth(),
    storeFolder: folder,
    reader: () => openReader(folder()),
    print(line) {
      process.stdout.write(`${line}\n`);
    },
    progress: options.quiet === true ? { write: () => true } : process.stderr,
    note(line) {
      if (options.quiet !== true) remark(line, command?.moves === true && options.json === true);
    },
    complain,
    begin() {
      hasBegun = true;
    },
  };
  if (options.version === true) {
    return context.print(version());
  }
  if (command !== undefined && options.help !== true) {
    try {
      process.exitCode = (await command.run(context)) ?? 0;
    } catch (cause) {
      if (command.moves !== true || hasBegun || isRunferryError(cause, "bad_option")) throw cause;
      complain(explained(cause));
      process.exitCode = 3;
    }
    return;
  }
  const asked = words[0] === "help" ? words[1] : undefined;
  const about = command ?? commands.find((one) => one.name === asked);
  if (asked !== undefined && asked !== "help" && about === undefined) throw unknownCommand(asked, commands);
  printHelp(context, commands, about);
}

function remark(text: string, isJson: boolean): void {
  complain(isJson ? JSON.stringify({ type: "note", text }) : text);
}

function complain(text: string): void {
  for (const line of plainLines(text)) process.stderr.write(`${line}\n`);
}

/** COLUMNS goes over the terminal's own word. What goes into a file or a pipe is not cut. */
function terminalWidth(): number {
  const told = Number(process.env.COLUMNS);
  if (Number.isSafeInteger(told) && told > 0) return told;
  return process.stdout.isTTY ? process.stdout.columns || 80 : Number.POSITIVE_INFINITY;
}

function version(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

function explained(cause: unknown): string {
  if (isRunferryError(cause)) return `runferry: ${cause.explain()}`;
  if (process.env.RUNFERRY_DEBUG && cause instanceof Error) return `runferry: ${cause.stack}`;
  return `runferry: ${messageOf(cause)}`;
}

function textOf(value: string | boolean | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
