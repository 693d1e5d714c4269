import type { Json } from "@runferry/core";

/** Which files below the folder of a run, and where in them. */
export interface FileChoice {
  /** Globs, in order of preference: the first that matches anything. */
  readonly file: readonly string[];
  /** Of several files, in the order of the numbers in their names. */
  readonly pick: "all" | "first" | "last";
  /** The keys that lead to what is meant. */
  readonly at: readonly string[];
  /** Default: by the ending of the file's name. */
  readonly format?: "json" | "jsonl" | "csv" | "yaml";
  /** Between the cells of a CSV file. */
  readonly separator: string;
  /** Only files that begin with one of these texts. */
  readonly begins?: readonly string[];
  /** Keep the file as an artifact as well. */
  readonly keep: boolean;
}

/** An object of fields: params, tags. */
export interface FieldsFrom extends FileChoice {
  readonly only: readonly string[];
  readonly except: readonly string[];
}

/** Rows of metrics: wide, a column for each metric, or long, with the name of the metric in a column. */
export interface RowsFrom extends FileChoice {
  /** The column of the step; `#` counts the rows from 0. */
  readonly step?: string;
  readonly time?: string;
  /** Wide: the columns that are metrics, by glob. */
  readonly values: readonly string[];
  readonly except: readonly string[];
  /** Long: the columns of the name and the value. */
  readonly name?: string;
  readonly value?: string;
  /** Cells that say that there is no value. */
  readonly empty: readonly string[];
}

/** A text with `{run}` and the like in it, a place in a file, or when a file was last written. */
export type ValueFrom =
  | { readonly text: string }
  | { readonly from: FileChoice }
  | { readonly changed: readonly string[] };

/** What is where in a folder of runs. Made by `readMapping`. */
export interface Mapping {
  /** Globs of the folders that are runs; `.` is the folder itself. */
  readonly runs: readonly string[];
  /** Files without which a folder is no run: one of each. */
  readonly needs: readonly FileChoice[];
  readonly id: ValueFrom;
  readonly name: ValueFrom;
  readonly experiment: ValueFrom;
  readonly description?: ValueFrom;
  readonly started?: ValueFrom;
  readonly ended?: ValueFrom;
  readonly status?: ValueFrom;
  readonly params: readonly FieldsFrom[];
  readonly tags: readonly FieldsFrom[];
  readonly metrics: readonly RowsFrom[];
  /** Globs of files that are artifacts under their own names; others are below `other/`. */
  readonly artifacts: readonly string[];
  /** Globs of files that are left out. */
  readonly leaveOut: readonly string[];
}

/** A mapping as people write it: in `runferry.yaml`, or here as data. */
export type WrittenMapping = { readonly [key: string]: Json };

/** Whether a name fits one of some patterns, in which `*` stands for anything. */
export function matchesName(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const parts = pattern.split("*");
    const [first = "", last = ""] = [parts[0], parts.at(-1)];
    if (parts.length === 1) return name === pattern;
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    let from = first.length;
    for (const part of parts.slice(1, -1)) {
      const at = name.indexOf(part, from);
      if (at < 0 || at + part.length > name.length - last.length) return false;
      from = at + part.length;
    }
    return true;
  });
}
