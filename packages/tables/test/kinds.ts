import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Backend, RunView, Source } from "@runferry/core";
import type { BackendSubject } from "@runferry/testkit";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { peer } from "../../../tools/peers/peer.ts";
import { createCsvReader } from "../src/csv-reader.ts";
import { csv, csvSource, parquet, parquetSource, type TablesOptions } from "../src/index.ts";
import { rowsInDuckdb, viewsOfRows } from "./seen-by-duckdb.ts";

/** The two kinds of files, which every test is tried on. */
export interface Kind {
  readonly kind: "csv" | "parquet";
  open(options: TablesOptions): Backend;
  source(dir: string): Source;
}

export const kinds: readonly Kind[] = [
  { kind: "csv", open: csv, source: csvSource },
  { kind: "parquet", open: parquet, source: parquetSource },
];

/** A folder of the system's own for temporary ones. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "runferry-tables-"));
}

/** Every file below a folder, by its path, as text in which a byte is a character. */
export function filesIn(folder: string): ReadonlyMap<string, string> {
  const paths = globSync("**", { cwd: folder, dot: true } as { cwd: string }).sort();
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  return new Map(files.map((path) => [path, readFileSync(join(folder, path), "latin1")]));
}

/** Everything that comes, in one list. */
export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/**
 * Everything that a folder holds, to compare: of CSV the bytes of each file, of Parquet the rows of each table, whichever
 * files they are in. A row that is there twice is there twice.
 */
export async function contentOf(folder: string, kind: Kind["kind"]): Promise<readonly string[]> {
  if (kind === "csv") return [...filesIn(folder)].flat();
  const rows: string[] = [];
  for (const path of globSync("**/*", { cwd: folder, dot: true } as { cwd: string }).sort()) {
    if (!statSync(join(folder, path)).isFile()) continue;
    if (!path.endsWith(".parquet")) {
      rows.push(path);
      continue;
    }
    const there = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, path)) });
    const place = path.split("/").slice(0, 3).join("/");
    const cells = (row: object) =>
      JSON.stringify(Object.values(row).map((cell) => (Object.is(cell, -0) ? "-0" : String(cell))));
    rows.push(...there.map((row) => `${place} ${cells(row)}`));
  }
  return rows.sort();
}

/** How many rows a table has. */
export async function rowsOfTable(folder: string, kind: Kind["kind"], table: string): Promise<number> {
  let rows = 0;
  for (const path of globSync(`${table}/**/*.${kind}`, { cwd: folder })) {
    const whole = join(folder, path);
    if (kind === "csv") rows += createCsvReader(Number.POSITIVE_INFINITY).push(readFileSync(whole, "utf8")).length - 1;
    else rows += (await parquetReadObjects({ file: await asyncBufferFromFile(whole) })).length;
  }
  return rows;
}

/** Every cell of every Parquet file below a folder, as text. */
export async function rowsBelow(folder: string): Promise<string> {
  let text = "";
  for (const path of globSync("**/*.parquet", { cwd: folder }).sort()) {
    const rows = await parquetReadObjects({ file: await asyncBufferFromFile(join(folder, path)) });
    text += `${path}\n${rows.map((row) => `${Object.values(row).join("\t")}\n`).join("")}`;
  }
  return text;
}

export function subjectOf({ kind, open, source }: Kind): BackendSubject {
  return {
    name: kind,
    async create() {
      const dir = join(temporaryFolder(), "tables");
      const found = peer("duckdb");
      let seen: Promise<ReadonlyMap<string, RunView>> | undefined;
      const inspect = async (run: string): Promise<RunView> => {
        seen ??= rowsInDuckdb("python" in found ? found.python : "", dir, kind).then(viewsOfRows);
        const view = (await seen).get(run);
        if (!view) throw new Error(`DuckDB sees no run ${run}`);
        return view;
      };
      return {
        ...("python" in found ? { inspect } : {}),
        // What is compressed would hide what is looked for.
        dump: async () => (kind === "csv" ? [...filesIn(dir)].flat().join("\n") : rowsBelow(dir)),
        open: async (effects) => open({ dir, effects }),
        source: async () => source(dir),
        remove: async () => rmSync(join(dir, ".."), { recursive: true, force: true }),
      };
    },
  };
}
