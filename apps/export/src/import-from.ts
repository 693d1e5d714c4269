import { openStore } from "@runferry/local";
import { readConfig } from "@runferry/tracker";
import { layoutNamed } from "./chosen-layout.ts";
import { type ImportedRunReport, importRuns } from "./import-runs.ts";
import type { MoveOptions } from "./migrate.ts";
import { openSource } from "./open-source.ts";
import { storeFolder } from "./store-folder.ts";

/** What `runferry import` does: takes the runs of folders or places into the store. Done again, only what is new. */
export async function importFrom(
  from: string | readonly string[],
  { dir, layout, timezone, signal }: Omit<MoveOptions, "to"> = {},
): Promise<readonly ImportedRunReport[]> {
  const store = openStore(storeFolder(dir, process.env, process.cwd()));
  const places = readConfig(process.cwd())?.places;
  const options = {
    ...(layout === undefined ? {} : { layout: layoutNamed(layout) }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(places ? { places } : {}),
  };
  const reports: ImportedRunReport[] = [];
  for (const one of typeof from === "string" ? [from] : from) {
    const opened = await openSource(one, options);
    try {
      reports.push(...(await importRuns({ ...opened, store, ...(signal ? { signal } : {}) })));
    } finally {
      await opened.close();
    }
  }
  return reports;
}
