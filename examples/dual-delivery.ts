// One run, two destinations, and a forwarder that is killed again and again: what arrives is proved in the end.
// The destinations are the toys of the testkit: an append-only file, and an HTTP server that loses its answers.
import { parseArgs } from "node:util";
import {
  type Deliveries,
  describeDifferences,
  describeMismatch,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  memoryJournal,
  type Verdict,
  verify,
} from "@runferry/core";
import {
  type BackendSubject,
  Crash,
  createCrashPoints,
  createRandom,
  noCrash,
  toyFileSubject,
  toyServerSubject,
} from "@runferry/testkit";

const { values: options } = parseArgs({ options: { json: { type: "boolean" }, seed: { type: "string" } } });
const random = createRandom(Number(options.seed ?? 7));

interface Delivered {
  readonly destination: string;
  readonly kills: number;
  readonly state: string;
  readonly verdict: Verdict;
}

const journal = await train();
const delivered: Delivered[] = [];
for (const subject of [toyFileSubject, toyServerSubject]) delivered.push(await deliver(subject, journal));

if (options.json) console.log(JSON.stringify(delivered));
else printTable(delivered);
process.exitCode = delivered.every(({ verdict }) => verdict.complete) ? 0 : 1;

/** Logs a small training: a line fitted by gradient descent. */
async function train(): Promise<Journal> {
  const run = memoryJournal("01jd7h8x5nexamp1e000000000");
  const writer = run.writer();
  writer.append({
    kind: "run.started",
    format: 1,
    id: run.run,
    name: "run_001",
    experiment: "line",
    createdAt: Date.now(),
  });
  writer.append({ kind: "params.set", values: { lr: 0.05, steps: 300, start: { slope: 0, offset: 0 } } });
  let [slope, offset] = [0, 0];
  for (let step = 0; step < 300; step++) {
    const x = random.next();
    const error = slope * x + offset - (3 * x + 1);
    slope -= 0.05 * error * x;
    offset -= 0.05 * error;
    writer.append({ kind: "metrics.logged", step, values: { loss: error ** 2, slope, offset } });
  }
  const model = new TextEncoder().encode(JSON.stringify({ slope, offset }));
  writer.append({ kind: "artifact.logged", file: await run.putFile("model.json", model) });
  writer.append({ kind: "run.ended", status: "finished" });
  await writer.close();
  return run;
}

/** Delivers the run, dying before a random side effect and starting afresh until everything has arrived. */
async function deliver(subject: BackendSubject, run: Journal): Promise<Delivered> {
  const place = await subject.create();
  const deliveries = memoryDeliveries();
  let kills = 0;
  let state = await attempt();
  while (state === "killed") {
    kills++;
    state = await attempt();
  }
  const backend = await place.open(noCrash);
  const source = await place.source();
  for await (const copy of source.runs({ ids: [run.run] })) {
    const verdict = verify(await fold(run, { mask: true }), backend.keeps, await fold(copy));
    await backend.close();
    await place.remove();
    return { destination: subject.name, kills, state, verdict };
  }
  throw new Error(`${subject.name} does not have the run`);

  async function attempt(): Promise<string> {
    const crash = createCrashPoints(kills < 25 ? 1 + Math.floor(random.next() * 20) : undefined);
    const opened = await place.open(crash);
    const dying: Deliveries = {
      ...deliveries,
      async save(id, delivery) {
        crash.point("save the cursor");
        await deliveries.save(id, delivery);
      },
    };
    try {
      const result = await forward({
        journal: run,
        backend: opened,
        deliveries: dying,
        batch: { events: 10 },
        saveEveryMs: 0,
      });
      return result.state;
    } catch (cause) {
      if (cause instanceof Crash) return "killed";
      throw cause;
    } finally {
      await opened.close();
    }
  }
}

function printTable(all: readonly Delivered[]): void {
  console.log("destination  killed  delivery   read back and compared");
  for (const { destination, kills, state, verdict } of all) {
    const verified = verdict.complete ? `equal, ${describeDifferences(verdict.differences)}` : "NOT EQUAL";
    console.log(`${destination.padEnd(11)}  ${`${kills}×`.padStart(6)}  ${state.padEnd(9)}  ${verified}`);
    for (const { grade, kind, count } of verdict.differences)
      console.log(`${" ".repeat(32)}${count} ${grade}: ${kind}`);
    for (const mismatch of verdict.mismatches) console.log(`  ${describeMismatch(mismatch)}`);
  }
}
