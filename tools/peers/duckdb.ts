import { execFileSync } from "node:child_process";

/** Runs a program in Python that has `duckdb`, and gives what it prints. */
export function askDuckdb(python: string, program: string, words: readonly string[], cwd: string): string {
  return execFileSync(python, ["-c", `${quiet}${program}`, ...words], { cwd, encoding: "utf8" });
}

/** What takes long, as on a busy machine, would show its progress among what is printed. */
const quiet = 'import duckdb; duckdb.execute("SET enable_progress_bar = false")\n';
