import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { closingLine } from "./tools/closing-line.ts";

// A rehearsal runs the same tests with many more rounds; see tools/rehearse.ts.
const limitMs = process.env.RUNFERRY_ROUNDS === undefined ? 30_000 : 3_600_000;

const folders = [...globSync(["packages/*", "apps/*"], { cwd: import.meta.dirname }), "tools", "examples"].sort();

export default defineConfig({
  test: {
    reporters: ["default", closingLine()],
    projects: folders
      .filter((folder) => existsSync(join(import.meta.dirname, folder, "test")))
      .map((folder) => ({
        test: {
          name: folder.slice(folder.indexOf("/") + 1),
          root: folder,
          include: ["test/**/*.test.ts"],
          testTimeout: limitMs,
          hookTimeout: limitMs,
        },
      })),
  },
});
