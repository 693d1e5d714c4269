import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { RunferryError } from "@runferry/core";

export type Environment = { readonly [name: string]: string | undefined };

/** A variable that is set, and not to nothing. */
export function setIn(env: Environment, ...names: readonly string[]): string | undefined {
  return names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

export function homeOf(env: Environment): string {
  return env.HOME ?? homedir();
}

/** The text of a file that most people do not have; undefined where it cannot be read. */
export function textIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** The fields of one section of an INI file, their names in lower case. */
export function iniSection(text: string, section: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  let at = "";
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[([^\]]*)\]/.exec(line);
    const field = /^\s*([^#;=:\s][^=:]*?)\s*[=:]\s*(.*?)\s*$/.exec(line);
    if (head) at = head[1]!.trim();
    else if (field && at === section) fields.set(field[1]!.toLowerCase(), field[2]!);
  }
  return fields;
}

/** The text of the file that a variable names; `bad_option` where it cannot be read. */
export function namedFile(variable: string, path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new RunferryError("bad_option", `the file that ${variable} names cannot be read: ${path}`, {
      hint: `correct ${variable}, or unset it`,
      data: "nothing was written",
      cause,
    });
  }
}
