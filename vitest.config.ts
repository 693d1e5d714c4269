import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { closingLine } from "./tools/closing-line.ts";
import { LongestFirst } from "./tools/longest-first.ts";

// For what hangs: a busy machine may take its time. A rehearsal runs the same tests with many more rounds; see tools/rehearse.ts.
const limitMs = process.env.RUNFERRY_ROUNDS === undefined ? 120_000 : 3_600_000;

// Rehearsals may run tests that need more than `npm test` may ask for: a browser, TensorFlow, PostgreSQL.
const files = process.env.RUNFERRY_REHEARSAL === undefined ? "test/**/*.test.ts" : "test/**/*.{test,rehearsal}.ts";

const folders = [...globSync(["packages/*", "apps/*"], { cwd: import.meta.dirname }), "tools", "examples"].sort();

export default defineConfig({
  test: {
    reporters: ["default", closingLine()],
    // By itself vitest leaves one core free for its own work, of which there is little.
    maxWorkers: "100%",
    sequence: { sequencer: LongestFirst },
    globalSetup: join(import.meta.dirname, "tools/peers/mlflow-servers.ts"),
    projects: folders
      .filter((folder) => existsSync(join(import.meta.dirname, folder, "test")))
      .map((folder) => ({
        test: {
          name: folder.slice(folder.indexOf("/") + 1),
          root: folder,
          include: [files],
          testTimeout: limitMs,
          hookTimeout: limitMs,
        },
      })),
  },
});
