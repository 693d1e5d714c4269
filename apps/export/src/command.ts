import { RunferryError } from "@runferry/core";
import { type Reader, shellWord } from "@runferry/tracker";
import type { ProgressOutput } from "./output/progress-screen.ts";

/** What a command is given. */
export interface Context {
  readonly words: readonly string[];
  readonly options: { readonly [name: string]: string | boolean | undefined };
  readonly isJson: boolean;
  /** Columns of the terminal; infinite where the output goes elsewhere. */
  readonly width: number;
  /** Where the store is, or would be. */
  storeFolder(): string;
  /** Opens the store; throws where there is none. */
  reader(): Reader;
  /** A line of the result, to stdout. */
  print(line: string): void;
  /** A remark, to stderr. */
  note(line: string): void;
  /** What is wrong, to stderr, also with --quiet. */
  complain(text: string): void;
  /** Where long work tells how far it is. */
  readonly progress: ProgressOutput;
  /** From here on trouble is no longer that nothing could start. */
  begin(): void;
}

export interface Option {
  readonly type: "string" | "boolean";
  /** What its value is called in the help. */
  readonly value?: string;
  readonly help: string;
  /** It may be given several times; see `listOption`. */
  readonly isList?: boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** A command line, and what it does. */
  readonly examples: readonly (readonly [line: string, what: string])[];
  readonly options: { readonly [name: string]: Option };
  /** It moves runs: its exit code is 3 where it could not start, and with --json its remarks are JSON too. */
  readonly moves?: boolean;
  /** How many words it takes. */
  readonly words: { readonly least: number; readonly most: number };
  /** The exit code; 0 where it gives none. */
  // biome-ignore lint/suspicious/noConfusingVoidType: most commands have nothing to say
  run(context: Context): number | void | Promise<number>;
}

/** An error in how the command was called. */
export function usageError(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was done" });
}

export function textOption(context: Context, name: string): string | undefined {
  const value = context.options[name];
  return typeof value === "string" ? value : undefined;
}

const between = "\0"; // stands in no word of a command line

/** The values of an option that was given several times, as the parser joins them. */
export function listOption(context: Context, name: string): readonly string[] {
  return textOption(context, name)?.split(between) ?? [];
}

export function joinedValues(before: string | boolean | undefined, value: string): string {
  return typeof before === "string" ? before + between + value : value;
}

export function countOption(context: Context, name: string): number | undefined {
  const text = textOption(context, name);
  if (text === undefined) return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw usageError(`--${name} is ${JSON.stringify(text)}, not a whole number`, `write for example --${name} 20`);
}

/** A command line to type next, with those of the options that were given and hold for it too. */
export function commandLine(context: Context, words: readonly string[], options: readonly string[]): string {
  const given = options.flatMap((name) => {
    if (context.options[name] === true) return [`--${name}`];
    return listOption(context, name).flatMap((value) => [`--${name}`, value]);
  });
  return ["runferry", ...words, ...given].map(shellWord).join(" ");
}
