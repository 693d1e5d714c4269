import { parseArgs } from "node:util";
import { nearNames } from "@runferry/tracker";
import { type Command, joinedValues, usageError } from "./command.ts";
import { globalOptions } from "./commands/help.ts";

export interface ParsedLine {
  readonly command: Command | undefined;
  readonly words: readonly string[];
  readonly options: { readonly [name: string]: string | boolean | undefined };
}

/** Reads a command line; options may stand before the command and after it. */
export function parseLine(args: readonly string[], commands: readonly Command[]): ParsedLine {
  const known = Object.assign({}, ...commands.map((command) => command.options), globalOptions);
  const types = Object.fromEntries(
    Object.entries(known as typeof globalOptions).map(([name, { type }]) => [
      name,
      name === "help" ? { type, short: "h" } : { type },
    ]),
  );
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: types,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [name, ...words] = positionals;
  const command = commands.find((one) => one.name === name);
  if (name !== undefined && name !== "help" && command === undefined) throw unknownCommand(name, commands);
  const allowed = { ...globalOptions, ...command?.options };
  const options: { [name: string]: string | boolean } = {};
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(allowed, token.name) ? allowed[token.name] : undefined;
    if (option === undefined) throw unknownOption(token.rawName, token.name, Object.keys(allowed), name);
    // Node takes the next word as the value, also where it is an option that was meant.
    const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith("--"));
    if (option.type === "string" && isMissing) {
      throw usageError(`--${token.name} needs a value`, `write --${token.name} <${option.value ?? "value"}>`);
    }
    if (option.type === "boolean" && token.value !== undefined) {
      throw usageError(`--${token.name} takes no value`, `write --${token.name} alone`);
    }
    const value = token.value ?? true;
    options[token.name] = option.isList && typeof value === "string" ? joinedValues(options[token.name], value) : value;
  }
  if (command !== undefined && options.help !== true) checkWords(command, words);
  return { command, words: name === "help" ? ["help", ...words] : words, options };
}

function checkWords(command: Command, words: readonly string[]): void {
  const { least, most } = command.words;
  if (words.length < least) {
    const what = /<([^>]+)>/.exec(command.usage)?.[1] ?? "word";
    throw usageError(`${command.name} needs a ${what}`, `usage: ${command.usage}`);
  }
  if (words.length <= most) return;
  throw usageError(`${command.name} has no use for ${JSON.stringify(words[most])}`, `usage: ${command.usage}`);
}

export function unknownCommand(name: string, commands: readonly Command[]): Error {
  const names = commands.map((command) => command.name);
  const near = nearNames(name, names);
  return usageError(
    `there is no command ${JSON.stringify(name)}`,
    near.length > 0 ? `did you mean runferry ${near[0]}?` : `there are: ${names.join(", ")}, help`,
  );
}

function unknownOption(written: string, name: string, names: readonly string[], command: string | undefined): Error {
  const near = nearNames(name, names);
  const whose = command === undefined ? "runferry" : `runferry ${command}`;
  return usageError(
    `${whose} has no option ${JSON.stringify(written)}`,
    near.length > 0 ? `did you mean --${near[0]}?` : `see: runferry help ${command ?? ""}`.trimEnd(),
  );
}
