// What somebody does with the packages once they are installed.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Example } from "../document-examples.ts";
import { runProgram } from "../run-program.ts";
import type { Packed } from "./pack.ts";

const execute = promisify(execFile);

/** A language that a Node can run. */
export type Language = "ts" | "js";

/** Runs the examples of a document one after the other in a folder of the project, and gives what each printed. */
export async function runExamples(
  node: string,
  folder: string,
  examples: readonly Example[],
  language: Language,
): Promise<readonly string[]> {
  mkdirSync(folder, { recursive: true });
  const printed: string[] = [];
  for (const [i, { code }] of examples.entries()) {
    const file = join(folder, `example-${i + 1}.${language}`);
    writeFileSync(file, language === "ts" ? code : stripTypeScriptTypes(code));
    printed.push(await run(node, [file], folder));
  }
  return printed;
}

/** The entries of packages in which a CommonJS program finds something when it requires them. */
export async function requireEntries(
  node: string,
  project: string,
  entries: readonly string[],
): Promise<readonly string[]> {
  const file = join(project, "require.cjs");
  const program =
    "for (const entry of process.argv.slice(2)) if (Object.keys(require(entry)).length > 0) console.log(entry);";
  writeFileSync(file, program);
  return (await run(node, [file, ...entries], project)).split("\n");
}

/** The version that the command tells. */
export function runCommand(node: string, project: string): Promise<string> {
  return run(node, [join(project, "node_modules/runferry/bin/runferry.mjs"), "--version"], project);
}

/** What can be imported of a package: `@runferry/mlflow`, `@runferry/mlflow/client` … */
export function entriesOf({ manifest }: Packed): readonly string[] {
  return Object.entries(manifest.exports ?? {}).flatMap(([path, target]) =>
    typeof target === "string" ? [] : [manifest.name + path.slice(1)],
  );
}

/** How a project may find types. */
export type Resolution = "nodenext" | "bundler";

const modules: Readonly<Record<Resolution, string>> = { nodenext: "nodenext", bundler: "preserve" };

/**
 * Checks every program of a project, and the types of all entries. Gives the compiler's complaints. `whole`: also what is
 * wrong inside the types of installed packages.
 */
export async function checkTypes(
  compiler: string,
  project: string,
  entries: readonly string[],
  { resolution, whole }: { readonly resolution: Resolution; readonly whole: boolean },
): Promise<string> {
  const imports = entries.map((entry, i) => `export * as entry${i} from ${JSON.stringify(entry)};`);
  // Types that had not been found would allow everything.
  const wrong = ["// @ts-expect-error a number is no name", "startRun({ experiment: 1 });"];
  const lines = ['import { startRun } from "runferry";', ...imports, ...wrong];
  writeFileSync(join(project, "entries.ts"), lines.join("\n"));
  const compilerOptions = {
    ...{ noEmit: true, strict: true, target: "es2024", types: ["node"], skipLibCheck: !whole },
    ...{ module: modules[resolution], moduleResolution: resolution },
  };
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["**/*.ts"] }));
  const { ok, output } = await runProgram(compiler, ["-p", project], { directory: project, quiet: true });
  return ok ? "" : output || "the compiler failed without a word";
}

/** Runs Node, and gives what it prints to stdout. Throws where it fails. */
async function run(node: string, words: readonly string[], directory: string): Promise<string> {
  // Not the store of whoever runs the tests, which may lie further up.
  const env = { ...process.env, RUNFERRY_DIR: join(directory, "runferry"), NODE_OPTIONS: "" };
  const { stdout } = await execute(node, [...words], { cwd: directory, env });
  return stdout.trimEnd();
}
