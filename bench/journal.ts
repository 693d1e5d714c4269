// `npm run bench -- journal [--json] [--events <millions>] [--runs <count>]`: what logging to the store costs.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Durability, openStore } from "@runferry/local";

interface Row {
  readonly what: string;
  readonly figures: { readonly [name: string]: number };
}

const { values: words } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    events: { type: "string", default: "10" },
    runs: { type: "string", default: "10000" },
  },
});
const folder = mkdtempSync(join(tmpdir(), "runferry-bench-"));
const rows: Row[] = [];

/** Microseconds per call of one `append` of 4 values, each call timed by itself. */
function append(durability: Durability, calls: number, round: number): Float64Array {
  const { writer } = openStore(join(folder, "append")).createRun(
    { experiment: `append ${durability} ${round}` },
    { durability },
  );
  const times = new Float64Array(calls);
  for (let step = 0; step < calls; step++) {
    const values = { loss: 1 / (step + 1), accuracy: 1 - 1 / (step + 2), lr: 0.001, grad_norm: Math.sin(step) };
    const start = performance.now();
    writer.tryAppend({ kind: "metrics.logged", step, values });
    times[step] = (performance.now() - start) * 1000;
  }
  writer.closeNow();
  return times;
}

function measureAppends(): void {
  const plans: readonly (readonly [Durability, number])[] = [
    ["process", 100_000],
    ["buffered", 100_000],
    ["power", 300],
  ];
  for (const [durability, calls] of plans) append(durability, Math.min(calls, 20_000), -1); // warm
  const rounds = plans.map((): Float64Array[] => []);
  for (let round = 0; round < 5; round++) {
    for (const [i, [durability, calls]] of plans.entries()) rounds[i]!.push(append(durability, calls, round));
  }
  for (const [i, [durability]] of plans.entries()) {
    const perRound = rounds[i]!.map((times) => times.toSorted());
    const at = (share: number) => median(perRound.map((times) => times[Math.floor(times.length * share)]!));
    rows.push({
      what: `append 4 values, durability "${durability}"`,
      figures: { "median µs": at(0.5), "p99 µs": at(0.99), "p99.9 µs": at(0.999) },
    });
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

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

try {
  measureMemory(Number(words.events) * 1e6); // first: what the others leave in the heap is not its own
  measureAppends();
  measureList(Number(words.runs));
  if (words.json) {
    console.log(JSON.stringify({ node: process.version, platform: process.platform, rows }, undefined, 2));
  } else {
    for (const { what, figures } of rows) {
      const cells = Object.entries(figures).map(
        ([name, value]) => `${name} ${value >= 100 ? Math.round(value) : value.toPrecision(3)}`,
      );
      console.log(`${what.padEnd(46)} ${cells.join("   ")}`);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
