// Trains some three dozen small networks and keeps them as a lab's own tracker would: `metadata.json` and
// `runs/run_001/{params,metrics}.json`. `node examples/rings/experiments.ts` writes `examples/experiments`, the same bytes
// every time: the trainings are real and repeatable, and the clock is one that only counts.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lossChart } from "./loss-chart.ts";
import { classify, lossOf, type Network, probability, ringData, trainRings } from "./network.ts";

interface Setting {
  readonly experiment: string;
  readonly lr: number;
  readonly hidden: number;
  readonly seed: number;
  readonly description?: string;
  /** Stopped by somebody after so many epochs. */
  readonly stopAfter?: number;
}

interface Point {
  readonly step: number | null;
  readonly value: number;
  readonly timestamp: string;
}

const epochs = 30;
const validation = ringData(8, 200);
const test = ringData(99, 200);

/** What was tried, in order. */
export function settings(): readonly Setting[] {
  const sweep = [0.01, 0.03, 0.1, 0.3].flatMap((lr) =>
    [4, 8, 16].flatMap((hidden) => [1, 2].map((seed) => ({ experiment: "rings", lr, hidden, seed }))),
  );
  const wide = [0.03, 0.1, 0.3].flatMap((lr) =>
    [1, 2, 3].map((seed) => ({ experiment: "rings_wide", lr, hidden: 32, seed })),
  );
  return [
    ...sweep,
    { experiment: "rings", lr: 1e9, hidden: 8, seed: 1, description: "how far can the rate go?" },
    { experiment: "rings", lr: 0.01, hidden: 4, seed: 3, description: "too slow", stopAfter: 11 },
    { experiment: "rings", lr: 0.1, hidden: 16, seed: 1, description: "once more, to see whether it repeats" },
    ...wide,
  ];
}

/** Writes the folder anew. */
export function writeExperiments(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const clock = createClock();
  const index = settings().map((setting, i) =>
    writeRun(folder, `run_${String(i + 1).padStart(3, "0")}`, setting, clock),
  );
  writeFileSync(join(folder, "metadata.json"), `${JSON.stringify(index, undefined, 2)}\n`);
}

function writeRun(folder: string, name: string, setting: Setting, clock: Clock) {
  const { experiment, lr, hidden, seed, description = "", stopAfter = epochs } = setting;
  const run = join(folder, "runs", name);
  mkdirSync(join(run, "artifacts", "plots"), { recursive: true });
  const createdAt = clock.time();
  const metrics: { [name: string]: Point[] } = {};
  const log = (step: number | null, values: { readonly [name: string]: number }) => {
    for (const [key, value] of Object.entries(values)) {
      metrics[key] ??= [];
      metrics[key].push({ step, value, timestamp: clock.time() });
    }
  };
  let isSound = true;
  const network = trainRings({ lr, hidden, seed, epochs: stopAfter }, (epoch, { loss, accuracy }, now) => {
    if (!isSound) return;
    clock.pass(2 + hidden / 8);
    const learnt = { val_loss: lossOf(now, validation), val_accuracy: classify(now, validation) };
    log(epoch, { train_loss: loss, train_accuracy: accuracy, ...learnt });
    isSound = Number.isFinite(loss);
  });
  const isWhole = isSound && stopAfter === epochs;
  if (isWhole) log(null, { test_loss: lossOf(network, test), test_accuracy: classify(network, test) });
  const params = {
    lr,
    hidden,
    seed,
    epochs,
    layers: [2, hidden, 1],
    activation: "tanh",
    dataset: { train: 400, val: 200 },
  };
  writeFileSync(join(run, "params.json"), `${JSON.stringify(params, undefined, 2)}\n`);
  writeFileSync(join(run, "metrics.json"), metricsText(metrics));
  if (isWhole) {
    const weights = { hidden, weights: [...network.weights] };
    writeFileSync(join(run, "artifacts", "model_best.json"), `${JSON.stringify(weights)}\n`);
    writeFileSync(join(run, "artifacts", "predictions.csv"), predictions(network));
  }
  const curves = { train: valuesOf(metrics.train_loss), val: valuesOf(metrics.val_loss) };
  writeFileSync(join(run, "artifacts", "plots", "loss.svg"), lossChart(`${experiment} ${name}`, curves));
  clock.pass(3);
  return {
    run_id: name,
    experiment_name: experiment,
    created_at: createdAt,
    finished_at: clock.time(),
    status: isWhole ? "completed" : isSound ? "killed" : "failed",
    tags: { dataset: "rings-400", width: hidden > 16 ? "wide" : "narrow" },
    description,
    run_dir: `experiments/runs/${name}`,
  };
}

function valuesOf(points: readonly Point[] = []): readonly number[] {
  return points.map(({ value }) => value);
}

/** A point a line, and NaN and the infinities bare, as Python's json has them. */
function metricsText(metrics: { readonly [name: string]: readonly Point[] }): string {
  const lists = Object.entries(metrics).map(([name, points]) => {
    const lines = points.map(({ step, value, timestamp }) => {
      return `    {"step": ${step}, "value": ${value}, "timestamp": "${timestamp}"}`;
    });
    return `  ${JSON.stringify(name)}: [\n${lines.join(",\n")}\n  ]`;
  });
  return `{\n${lists.join(",\n")}\n}\n`;
}

function predictions(network: Network): string {
  const rows = test.map((sample) => {
    const { x, y, outside } = sample;
    return `${x.toFixed(4)},${y.toFixed(4)},${outside},${probability(network, sample).toFixed(4)}\n`;
  });
  return `x,y,outside,predicted\n${rows.join("")}`;
}

type Clock = ReturnType<typeof createClock>;

/** Times without a zone, as this tracker writes them. */
function createClock() {
  let now = Date.UTC(2026, 2, 2, 9, 0, 0);
  return {
    time: () => new Date(now).toISOString().slice(0, 19),
    pass(seconds: number) {
      now += seconds * 1000;
    },
  };
}

if (import.meta.filename === process.argv[1]) writeExperiments(join(import.meta.dirname, "..", "experiments"));
