import { spawn } from "node:child_process";
import { join } from "node:path";
import { programs, repository } from "./bundled-node.mjs";

export type Ended = { readonly ok: boolean; readonly output: string };

type Options = {
  readonly directory?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Keep the output for the caller instead of showing it. */
  readonly quiet?: boolean;
};

/** Runs a program to its end, without input. Never rejects: a program that cannot be started has failed. */
export function runProgram(program: string, words: readonly string[], options: Options = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const output: Buffer[] = [];
    const child = spawn(program, words, {
      cwd: options.directory ?? repository,
      env: { ...process.env, ...options.environment },
      stdio: options.quiet ? ["ignore", "pipe", "pipe"] : ["ignore", "inherit", "inherit"],
    });
    const ended = (ok: boolean) => resolve({ ok, output: Buffer.concat(output).toString("utf8") });
    child.stdout?.on("data", (chunk: Buffer) => output.push(chunk));
    child.stderr?.on("data", (chunk: Buffer) => output.push(chunk));
    child.on("error", (error) => {
      output.push(Buffer.from(`${program} could not be started: ${error.message}\n`));
      if (!options.quiet) console.error(`${program} could not be started: ${error.message}`);
      ended(false);
    });
    child.on("close", (code) => ended(code === 0));
  });
}

/** Runs this Node on a file of the repository. */
export function runNode(file: string, words: readonly string[] = [], options: Options = {}): Promise<Ended> {
  return runProgram(process.execPath, [...nodeFlags(file), ...words], options);
}

function nodeFlags(file: string): readonly string[] {
  return ["--disable-warning=ExperimentalWarning", file];
}

/** The path of a program that an installed package brings. */
export function packageProgram(name: string): string {
  return join(programs, process.platform === "win32" ? `${name}.cmd` : name);
}
