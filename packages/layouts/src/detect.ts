import { resolve } from "node:path";
import { RunferryError } from "@runferry/core";
import { engine } from "./engine.ts";
import { lab } from "./lab.ts";
import type { Layout } from "./layout.ts";
import { neural } from "./neural.ts";
import { isFolder } from "./run/read-entries.ts";

/** Every layout, those with the plainest marks first. */
export const layouts: readonly Layout[] = [lab, neural, engine];

/** The layout of a folder. Throws where there is none, and says what was looked for. */
export async function detectLayout(folder: string): Promise<Layout> {
  if (!(await isFolder(folder))) {
    throw new RunferryError("not_found", `${resolve(folder)} is no folder`, {
      hint: "name the folder in which the runs lie",
      data: "nothing was read",
    });
  }
  for (const layout of layouts) if (await layout.detect(folder)) return layout;
  const marks = layouts.map(({ name, mark }) => `${name}: ${mark}`).join("; ");
  throw new RunferryError("not_found", `${resolve(folder)} holds no runs in a layout that is known`, {
    hint: `looked for ${marks}`,
    data: "nothing was read",
  });
}
