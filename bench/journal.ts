// `npm run bench -- journal [--json] [--events <millions>] [--runs <count>] [--rounds <count>] [--only <part>]`: what logging
// to the store costs, and what it costs with the peers of tools/peers that are installed.
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createEncoder } from "@runferry/core";
import { type Durability, openStore } from "@runferry/local";
import { median, tell } from "./measure.ts";
import { type Compared, comparePeers } from "./peers/compare.ts";

interface Row {
  readonly what: string;
  readonly figures: { readonly [name: string]: number };
}

const { values: words } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    events: { type: "string", default: "10" },
    runs: { type: "string", default: "10000" },
    rounds: { type: "string", default: "3" },
    only: { type: "string" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const rows: Row[] = [];

interface Timed {
  readonly what: string;
  readonly calls: number;
  readonly times: (calls: number, round: number) => Float64Array;
}

function valuesAt(step: number) {
  return { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
}

/** Microseconds per call of one `append` of 4 values, each call timed by itself. */
function appends(durability: Durability, calls: number): Timed {
  const times = (calls: number, round: number) => {
    const { writer } = openStore(join(folder, "append")).createRun(
      { experiment: `append ${durability} ${round}` },
      { durability },
    );
    const times = new Float64Array(calls);
    for (let step = 0; step < calls; step++) {
      const values = valuesAt(step);
      const start = performance.now();
      writer.tryAppend({ kind: "metrics.logged", step, values });
      times[step] = (performance.now() - start) * 1000;
    }
    writer.closeNow();
    return times;
  };
  return { what: `append 4 values, durability "${durability}"`, calls, times };
}

/** The floor: the same lines, encoded beforehand, handed to the system and nothing else. */
function bareWrites(calls: number): Timed {
  const times = (calls: number) => {
    const encode = createEncoder();
    const file = openSync(join(folder, "bare"), "a+");
    const times = new Float64Array(calls);
    for (let step = 0; step < calls; step++) {
      const at = 1_732_181_400_000 + step / 8;
      const line = encode({ seq: step + 1, at, kind: "metrics.logged", step, values: valuesAt(step) });
      const start = performance.now();
      writeSync(file, line, 0, line.length);
      times[step] = (performance.now() - start) * 1000;
    }
    closeSync(file);
    rmSync(join(folder, "bare"));
    return times;
  };
  return { what: "the same lines by a bare writeSync", calls, times };
}

function measureAppends(): void {
  const plans = [appends("process", 100_000), bareWrites(100_000), appends("buffered", 100_000), appends("power", 300)];
  for (const { times, calls } of plans) times(Math.min(calls, 20_000), -1); // warm
  const rounds = plans.map((): Float64Array[] => []);
  for (let round = 0; round < 5; round++) {
    for (const [i, { times, calls }] of plans.entries()) rounds[i]!.push(times(calls, round).sort());
  }
  for (const [i, { what }] of plans.entries()) {
    const at = (share: number) => median(rounds[i]!.map((times) => times[Math.floor(times.length * share)]!));
    rows.push({ what, figures: { "median µs": at(0.5), "p99 µs": at(0.99), "p99.9 µs": at(0.999) } });
  }
}

function measureMemory(events: number): void {
  const { writer } = openStore(join(folder, "long")).createRun({ experiment: "long" });
  let most = 0;
  const start = performance.now();
  for (let step = 0; step < events; step++) {
    writer.tryAppend({
      kind: "metrics.logged",
      step,
      values: { loss: 1 / (step + 1), accuracy: 0.5, lr: 0.001, norm: step },
    });
    if (step % 100_000 === 0) most = Math.max(most, process.memoryUsage.rss());
  }
  const seconds = (performance.now() - start) / 1000;
  writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
  writer.closeNow();
  rows.push({
    what: `${events / 1e6} million events`,
    figures: { "highest RSS MB": most / 1e6, seconds, "values per second": (events * 4) / seconds },
  });
}

function measureList(runs: number): void {
  const store = openStore(join(folder, "list"), { durability: "buffered" });
  for (let i = 0; i < runs; i++) {
    const { writer } = store.createRun({ experiment: "list" });
    writer.append({ kind: "params.set", values: { lr: 0.001 * i, hidden: [256, 128], optimizer: "adam", seed: i } });
    for (let step = 0; step < 1000; step++) {
      writer.append({ kind: "metrics.logged", step, values: { loss: 1 / (step + 1), val_loss: 1.1 / (step + 1) } });
    }
    writer.append({ kind: "run.ended", status: "finished", summary: writer.summary() });
    writer.closeNow();
  }
  const timed = () => {
    const start = performance.now();
    const entries = openStore(join(folder, "list")).list();
    if (entries.length !== runs || entries[7]!.metrics.loss?.count !== 1000) throw new Error("the list is wrong");
    return (performance.now() - start) / 1000;
  };
  const cold = () => {
    rmSync(join(folder, "list", "cache"), { recursive: true, force: true });
    return timed();
  };
  const without = median([cold(), cold(), cold()]);
  const warm = median([timed(), timed(), timed()]);
  rows.push({
    what: `list ${runs} finished runs of 1000 events`,
    figures: { "warm s": warm, "cache deleted s": without },
  });
}

function tellRows(): void {
  for (const { what, figures } of rows) {
    const cells = Object.entries(figures).map(
      ([name, value]) => `${name} ${value >= 100 ? Math.round(value) : value.toPrecision(3)}`,
    );
    console.log(`${what.padEnd(46)} ${cells.join("   ")}`);
  }
}

function tellPeers(compared: readonly Compared[]): void {
  const title =
    "4 values a step until closed; at a step a millisecond, acknowledged values that are gone after kill -9";
  const cells = compared.map((row) =>
    "missing" in row
      ? { what: row.name, call: row.call, "values/s": row.missing, lost: "", of: "" }
      : {
          what: row.name,
          call: row.call,
          "values/s": row.valuesPerSecond,
          lost: row.lost,
          of: row.acknowledged,
        },
  );
  tell(`${title}, medians of ${words.rounds} rounds, alternating`, cells);
}

const wants = (part: string) => words.only === undefined || words.only === part;
const parts = ["memory", "append", "list", "peers"];
if (words.only !== undefined && !parts.includes(words.only)) throw new Error(`--only is one of: ${parts.join(", ")}`);
try {
  if (wants("memory")) measureMemory(Number(words.events) * 1e6); // first: what others leave in the heap is not its own
  if (wants("append")) measureAppends();
  if (wants("list")) measureList(Number(words.runs));
  const peers = wants("peers") ? await comparePeers(Number(words.rounds)) : [];
  if (words.json) {
    console.log(JSON.stringify({ node: process.version, platform: process.platform, rows, peers }, undefined, 2));
  } else {
    tellRows();
    if (peers.length > 0) tellPeers(peers);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
