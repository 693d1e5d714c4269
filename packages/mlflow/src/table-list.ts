import { isJsonList, isJsonObject, type Json, parseJson } from "@runferry/core";
import { isMediaPath } from "./media-files.ts";
import { longestTag } from "./texts.ts";

/** Where MLflow's page looks for tables to show and compare. A run of another tool's may have some of its own there. */
export const listTag = "mlflow.loggedArtifacts";

/**
 * The list that other tools made, and behind it our tables, those it had and those that are new, while there is room.
 * A list that MLflow's own client would not write just so stays as it is. Null where there is nothing to list.
 */
export function withTables(others: string | null, had: string | undefined, tables: readonly string[]): string | null {
  const known = pathsOf(others ?? "[]");
  if (!known) return others;
  const ours = [...(pathsOf(had ?? "[]") ?? []).filter(isMediaPath), ...tables];
  const paths = known.filter((path) => !isMediaPath(path));
  for (const path of new Set(ours)) if (listOf([...paths, path]).length <= longestTag) paths.push(path);
  return paths.length === 0 && others === null ? null : listOf(paths);
}

/** The list without the tables that come back as events. */
export function withoutTables(list: string | undefined): string | undefined {
  const paths = list === undefined ? undefined : pathsOf(list);
  if (!paths?.some(isMediaPath)) return list;
  const others = paths.filter((path) => !isMediaPath(path));
  return others.length === 0 ? undefined : listOf(others);
}

/** As Python's `json.dumps` writes it. */
function listOf(paths: readonly string[]): string {
  const quoted = (path: string) =>
    JSON.stringify(path).replace(
      /[\u007f-\uffff]/g,
      (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  return `[${paths.map((path) => `{"path": ${quoted(path)}, "type": "table"}`).join(", ")}]`;
}

/** Undefined for what is not such a list. */
function pathsOf(list: string): readonly string[] | undefined {
  const paths = entriesOf(list).map((entry) => (isJsonObject(entry) ? entry.path : undefined));
  const all = paths.filter((path): path is string => typeof path === "string");
  return listOf(all) === list ? all : undefined;
}

function entriesOf(list: string): readonly Json[] {
  try {
    const json = parseJson(list);
    return isJsonList(json) ? json : [];
  } catch {
    return []; // somebody else's tag
  }
}
