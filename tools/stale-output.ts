import { existsSync, globSync } from "node:fs";
import { join } from "node:path";

/** The compiled files of a tree whose source is gone; the compiler leaves them where they are. */
export function staleOutput(tree: string): readonly string[] {
  return globSync(["packages/*/dist/**/*.{js,ts,map}", "apps/*/dist/**/*.{js,ts,map}"], { cwd: tree })
    .filter((file) => !existsSync(join(tree, sourceOf(file))))
    .sort();
}

/** The source of a compiled file: `dist/client/index.d.ts.map` comes from `src/client/index.ts`. */
export function sourceOf(file: string): string {
  return file.replace(/(^|[\\/])dist([\\/])/, "$1src$2").replace(/(\.d\.ts|\.js)(\.map)?$/, ".ts");
}
