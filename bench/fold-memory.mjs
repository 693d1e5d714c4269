// Part of bench/core.ts: folds ten million events of one value each and tells the most memory it ever took.
import { createFold } from "@runferry/core";

const million = 1_000_000;
const events = 10 * million;
const folding = createFold("01jd7h8x5n0000000000000000");
const start = performance.now();
let residentBytes = 0;
for (let seq = 1; seq <= events; seq++) {
  // Times with jitter, as a training has them.
  const at = 1_732_181_400_000 + seq + ((seq * 7919) % 1000) / 1000;
  const step = Math.floor(seq / 10);
  folding.add("main", { seq, at, kind: "metrics.logged", step, values: { [`metric_${seq % 10}`]: seq / 3 } });
  if (seq % million === 0) residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
}
const points = [...folding.view().metrics.values()].reduce((sum, metric) => sum + metric.series.length, 0);
if (points !== events) throw new Error(`the fold holds ${points} points`);
residentBytes = Math.max(residentBytes, process.memoryUsage.rss());
console.log(JSON.stringify({ events, seconds: (performance.now() - start) / 1000, residentBytes }));
