// `npm run rehearse -- lab-large`: a run whose metrics.json has 2 GiB. The disk needs room for 4 GB.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, rmSync, statSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { program, temporaryFolders } from "./workshop.ts";

const temporaryFolder = temporaryFolders();
const bytes = 2 * 1024 ** 3;
const metrics = 10;
const pointsAtOnce = 10_000;
const begin = Date.UTC(2024, 9, 15);
const valueAt = (metric: number, step: number) => metric + step / 16;
const timeAt = (step: number) => begin + step * 20;

/** Metric by metric, as Python's `json.dump(…, indent=2)` writes it. Gives how many points each has. */
function writeMetrics(path: string): number {
  const textOf = (metric: number, step: number) =>
    `    {\n      "step": ${step},\n      "value": ${valueAt(metric, step)},\n      "timestamp": "${new Date(timeAt(step)).toISOString().slice(0, -1)}"\n    }`;
  const points = Math.ceil(bytes / metrics / textOf(0, 1e6).length / pointsAtOnce) * pointsAtOnce;
  const file = openSync(path, "w");
  for (let metric = 0; metric < metrics; metric++) {
    writeSync(file, `${metric === 0 ? "{" : ","}\n  "metric_${metric}": [\n`);
    for (let from = 0; from < points; from += pointsAtOnce) {
      const texts = Array.from({ length: pointsAtOnce }, (_, i) => textOf(metric, from + i));
      writeSync(file, `${from === 0 ? "" : ",\n"}${texts.join(",\n")}`);
    }
    writeSync(file, "\n  ]");
  }
  writeSync(file, "\n}\n");
  closeSync(file);
  return points;
}

/** Takes a folder in, in a process of its own; gives the most memory that it had, in bytes. */
function importInto(store: string, lab: string): number {
  const tellMemory = pathToFileURL(join(import.meta.dirname, "../../../tools/tell-memory.mjs")).href;
  const words = ["--import", tellMemory, program, "import", lab, "--dir", store, "--timezone", "UTC", "--quiet"];
  const ended = spawnSync(process.execPath, words, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe", "pipe"] });
  expect(ended.status, ended.stderr).toBe(0);
  return Number(ended.output[3]) * 1024;
}

test("metrics.json of 2 GiB is taken in whole, in the order of time, under 250 MB", () => {
  const store = temporaryFolder();
  const lab = join(dirname(store), "lab");
  const folder = join(lab, "runs/run_001");
  mkdirSync(folder, { recursive: true });
  const created_at = new Date(begin).toISOString();
  writeFileSync(
    join(lab, "metadata.json"),
    JSON.stringify([{ run_id: "run_001", experiment_name: "large", created_at }]),
  );
  const path = join(folder, "metrics.json");
  const points = writeMetrics(path);
  expect(statSync(path).size).toBeGreaterThan(bytes);
  const start = performance.now();
  const resident = importInto(store, lab);
  const seconds = ((performance.now() - start) / 1000).toFixed(0);
  console.log(`${metrics * points} points in ${seconds} s, highest RSS ${Math.round(resident / 1e6)} MB`);
  expect(resident).toBeLessThan(250e6);
  rmSync(lab, { recursive: true });

  const opened = openStore(store);
  const run = opened.run(opened.ids()[0]!);
  let next = 0;
  for (const event of run.events()) {
    expect(event.kind).not.toBe("events.lost");
    if (event.kind !== "metrics.logged") continue;
    const wrong = Object.entries(event.values).find(([name, value]) => value !== valueAt(Number(name.slice(7)), next));
    if (event.step !== next || event.at !== timeAt(next) || wrong || Object.keys(event.values).length !== metrics) {
      expect({ ...event, next, wrong }).toBeUndefined();
    }
    next++;
  }
  expect(next).toBe(points);
});
