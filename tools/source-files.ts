import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";

const skippedFolders = new Set(["node_modules", "dist", "generated"]);
const code = /\.(?:[cm]?ts|tsx|[cm]?js|jsx)$/;

export type SourceFile = {
  /** Relative to the tree that was read, with forward slashes. */
  readonly path: string;
  readonly text: string;
};

/** Every hand-written code file below some folders of a tree, sorted. Folders that do not exist hold none. */
export function sourceFiles(tree: string, folders: readonly string[]): readonly SourceFile[] {
  return folders
    .map((folder) => join(tree, folder))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => filesBelow(folder))
    .map((file) => ({ path: relative(tree, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
    .sort((left, right) => (left.path < right.path ? -1 : 1));
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return skippedFolders.has(entry.name) || entry.name.startsWith(".") ? [] : filesBelow(path);
    return code.test(entry.name) ? [path] : [];
  });
}

/** Whether a path of the repository is a test rather than a source. */
export function isTest(path: string): boolean {
  return path.split("/").includes("test");
}
