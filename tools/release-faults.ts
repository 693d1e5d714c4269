import { globSync } from "node:fs";
import { join } from "node:path";
import { readWorkspaces } from "./imports/workspaces.ts";

/** Why a tree must not be published yet, one sentence each. */
export function releaseFaults(tree: string): readonly string[] {
  const pending = globSync("*.md", { cwd: join(tree, ".changeset") }).sort();
  const versions = new Set(readWorkspaces(tree).map(({ manifest }) => manifest.version));
  const [version] = versions;
  return [
    ...pending.map((file) => `.changeset/${file} is in no version yet. Run: npm run versions`),
    ...(versions.size > 1
      ? [`the packages have different versions: ${[...versions].join(", ")}. Run: npm run versions`]
      : []),
    ...(version === undefined || version === "0.0.0"
      ? ["the packages have no version yet. Run: npm run versions"]
      : []),
  ];
}
