import { type FoundFile, filesBelow, namesIn } from "./folder-files.ts";
import type { Losses } from "./losses.ts";

/** What else lies in the folder of a run: kept as artifacts below `other/`, so that nothing stays behind unseen. */
export async function* otherFiles(folder: string, read: readonly string[], losses: Losses): AsyncGenerator<FoundFile> {
  const names = await namesIn(folder, losses);
  if (names.every((name) => read.includes(name))) return;
  for await (const found of filesBelow(folder, folder, losses)) {
    if (!read.includes(found.path.split("/")[0]!)) yield { ...found, path: `other/${found.path}` };
  }
}
