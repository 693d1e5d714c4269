// `npm run bench -- tracker [--json]`: what a call of `log` costs a training, and what starting a run does.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openStore } from "@runferry/local";
import { Tracker } from "@runferry/tracker";

const { values: words } = parseArgs({ options: { json: { type: "boolean", default: false } } });
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const calls = 100_000;

type Log = (values: { readonly [name: string]: number }, step: number) => void;

/** Microseconds per call, each timed by itself. */
function time(log: Log): Float64Array {
  const times = new Float64Array(calls);
  for (let step = 0; step < calls; step++) {
    const values = { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
    const start = performance.now();
    log(values, step);
    times[step] = (performance.now() - start) * 1000;
  }
  return times.sort();
}

function logThroughRun(): Float64Array {
  const run = new Tracker({ dir: join(folder, "store"), quiet: true }).startRun();
  const times = time((values, step) => run.log(values, step));
  run.end();
  return times;
}

function appendToJournal(): Float64Array {
  const { writer } = openStore(join(folder, "store")).createRun({ experiment: "journal" });
  const times = time((values, step) => writer.tryAppend({ kind: "metrics.logged", step, values }));
  writer.closeNow();
  return times;
}

function startRuns(count: number): Float64Array {
  const tracker = new Tracker({ dir: join(folder, "store"), quiet: true });
  const times = Float64Array.from({ length: count }, () => {
    const start = performance.now();
    const run = tracker.startRun({ params: { lr: 0.001 } });
    const took = (performance.now() - start) * 1000;
    run.end();
    return took;
  });
  return times.sort();
}

function figures(rounds: readonly Float64Array[]): { readonly [name: string]: number } {
  const at = (share: number) => {
    const all = rounds.map((times) => times[Math.floor(times.length * share)]!).sort((a, b) => a - b);
    return Math.round(all[Math.floor(all.length / 2)]! * 100) / 100;
  };
  return { "median µs": at(0.5), "p99 µs": at(0.99), "p99.9 µs": at(0.999) };
}

try {
  logThroughRun(); // warm
  appendToJournal();
  const rounds = Array.from({ length: 5 }, () => [logThroughRun(), appendToJournal()] as const);
  const rows = [
    { what: "run.log of 4 values", ...figures(rounds.map(([log]) => log)) },
    { what: "the journal alone", ...figures(rounds.map(([, append]) => append)) },
    { what: "startRun, after the first", ...figures([startRuns(200)]) },
  ];
  if (words.json)
    console.log(JSON.stringify({ node: process.version, platform: process.platform, rows }, undefined, 2));
  else console.table(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
