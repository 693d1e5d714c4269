import {
  type Deliveries,
  fold,
  forward,
  type MemoryJournal,
  memoryDeliveries,
  memoryJournal,
  memoryPlace,
  RunferryError,
  readThrough,
  type Telling,
  verify,
} from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import { describe, expect, it } from "vitest";

const run = "01jd7h8x5n0000000000000000";

async function journalOf(): Promise<MemoryJournal> {
  const journal = memoryJournal(run, { clock: instantClock() });
  const writer = journal.writer();
  writer.append({
    kind: "run.started",
    format: 1,
    id: run,
    name: "run_001",
    experiment: "ctr",
    createdAt: 1,
    parent: run,
  });
  writer.append({ kind: "tags.set", values: { team: "own" } });
  for (const step of [1, 2, 3]) {
    writer.append({ kind: "metrics.logged", step, values: { "val/auc": step, "debug/grad": step } });
    writer.append({ kind: "metrics.logged", step, values: { "debug/norm": step } });
  }
  writer.append({ kind: "metric.defined", name: "debug/norm", goal: "min" });
  for (const [path, size] of [
    ["model.onnx", 10],
    ["epochs/9.ckpt", 2000],
  ] as const) {
    writer.append({ kind: "artifact.logged", file: await journal.putFile(path, new Uint8Array(size)) });
  }
  const worker = journal.writer("worker");
  worker.append({ kind: "metrics.logged", step: 1, values: { "debug/rank": 1 } });
  worker.append({ kind: "metrics.logged", step: 1, values: { rank: 1 } });
  worker.append({ kind: "writer.ended" });
  const summary = { count: 3, min: 1, max: 3, first: 1, last: 3 };
  writer.append({ kind: "run.ended", status: "finished", summary: { "val/auc": summary, "debug/grad": summary } });
  return journal;
}

const part: Telling = { metrics: ["!debug/*"], artifacts: ["*.onnx"], tags: { from: "archive", team: "all" } };

function deliver(
  journal: MemoryJournal,
  telling: Telling | undefined,
  deliveries: Deliveries,
  place = memoryPlace("a"),
) {
  return forward({
    journal,
    backend: place.backend(),
    deliveries,
    clock: instantClock(),
    ...(telling ? { telling } : {}),
  });
}

async function there(place: ReturnType<typeof memoryPlace>) {
  for await (const copy of place.source.runs()) return { run: copy.run, view: await fold(copy), copy };
  throw new Error("no run is there");
}

describe("a run that is told otherwise", () => {
  it("has the tags, experiment, metrics and files that it is to have, and nothing reads as lost", async () => {
    const [journal, place] = [await journalOf(), memoryPlace("a")];
    const telling: Telling = {
      ...part,
      experiments: [
        ["other", "x"],
        ["c*", "team/*"],
      ],
    };
    const { state, delivery } = await deliver(journal, telling, memoryDeliveries(), place);
    expect(state).toBe("delivered");
    const { view, copy } = await there(place);
    expect(view.started).toMatchObject({ id: run, experiment: "team/tr" });
    expect(Object.fromEntries(view.tags)).toEqual({ from: "archive", team: "own" }); // the run's own word holds
    expect([...view.metrics.keys()].sort()).toEqual(["rank", "val/auc"]);
    expect([...view.artifacts.keys()]).toEqual(["model.onnx"]);
    expect(view.ended?.summary).toEqual({ "val/auc": expect.anything() });
    for await (const stream of copy.streams()) {
      const seqs: number[] = [];
      for await (const events of stream.read()) seqs.push(...events.map(({ seq }) => seq));
      expect(seqs).toEqual(seqs.map((_, i) => i + 1)); // no gaps
    }
    const told = await fold(journal, { telling });
    expect(verify(told, (one) => one, view)).toMatchObject({ complete: true });
    const excluded = [{ grade: "left out", kind: "excluded", count: 8, example: "debug/grad" }];
    expect(told.differences).toEqual(excluded);
    expect(Object.values(delivery.streams).flatMap(({ differences }) => differences)).toEqual([
      { ...excluded[0], count: 7 },
      { ...excluded[0], count: 1, example: "debug/rank" },
    ]);
    expect(readThrough(delivery, "main")).toEqual({ through: 12, bulk: 12 }); // in the journal's own numbers
    expect(readThrough(delivery, "worker")).toEqual({ through: 3, bulk: 3 });
  });

  it("goes on from its cursor, with what was not told before", async () => {
    const [journal, place, deliveries] = [
      memoryJournal(run, { clock: instantClock() }),
      memoryPlace("a"),
      memoryDeliveries(),
    ];
    const writer = journal.writer();
    writer.append({ kind: "run.started", format: 1, id: run, name: "run_001", experiment: "ctr", createdAt: 1 });
    await deliver(journal, part, deliveries, place);
    writer.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
    await deliver(journal, part, deliveries, place);
    writer.append({ kind: "metrics.logged", step: 2, values: { loss: 2 } });
    await deliver(journal, part, deliveries, place);
    const { view } = await there(place);
    expect(view.metrics.get("loss")?.series.length).toBe(2);
    expect(view.tags.get("from")).toBe("archive");
    expect(view.differences).toEqual([]);
  });

  it("keeps an end that was seen from outside void once the run has gone on, whatever comes before it", async () => {
    const journal = memoryJournal(run, { clock: instantClock() });
    const writer = journal.writer();
    writer.append({ kind: "run.started", format: 1, id: run, name: "run_001", experiment: "ctr", createdAt: 1 });
    writer.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
    journal.writer("observer").append({ kind: "run.ended", status: "killed", after: 2 });
    const killed = memoryPlace("a");
    await deliver(journal, part, memoryDeliveries(), killed);
    expect((await there(killed)).view.status).toBe("killed");
    writer.append({ kind: "metrics.logged", step: 2, values: { loss: 2 } });
    const gone = memoryPlace("a");
    await deliver(journal, part, memoryDeliveries(), gone);
    expect((await there(gone)).view.status).toBe("running");
  });

  it("as a copy of its own leaves what is delivered as it is, and has the same id each time", async () => {
    const [journal, place, deliveries] = [await journalOf(), memoryPlace("a"), memoryDeliveries()];
    const first = await deliver(journal, { into: "scratch" }, deliveries, place);
    const copy = await there(place);
    expect(copy.run).not.toBe(run);
    expect(copy.run.slice(0, 10)).toBe(run.slice(0, 10));
    expect(copy.view.started).toMatchObject({ id: copy.run, experiment: "scratch", parent: copy.run });
    expect(first.delivery.address).toBe("a into scratch");
    const real = await deliver(journal, undefined, deliveries, place);
    expect(real.state).toBe("delivered");
    expect(real.delivery.destination).not.toBe(first.delivery.destination);
    const runs: string[] = [];
    for await (const one of place.source.runs()) runs.push(one.run);
    expect(runs).toEqual([copy.run, run]);
    const again = memoryPlace("a");
    await deliver(journal, { into: "scratch" }, memoryDeliveries(), again);
    expect((await there(again)).run).toBe(copy.run);
  });
});

describe("a delivery that has begun", () => {
  const begun = async (first: Telling | undefined) => {
    const [journal, place, deliveries] = [await journalOf(), memoryPlace("a"), memoryDeliveries()];
    await deliver(journal, first, deliveries, place);
    return (next: Telling | undefined) => deliver(journal, next, deliveries, place).catch((cause: unknown) => cause);
  };

  it.each<[string, Telling | undefined, Telling | undefined, string]>([
    ["other tags", part, { ...part, tags: { from: "b" } }, "has other tags"],
    ["tags where it had none", undefined, { tags: { a: "b" } }, "has other tags"],
    ["another experiment", undefined, { experiments: [["ctr", "b"]] }, 'is in the experiment "ctr"'],
    ["metrics that were left out", { metrics: ["val/*"] }, { metrics: ["val/*", "rank"] }, "without rank"],
    ["files that were left out", { mostBytes: 1000 }, undefined, "without epochs/9.ckpt"],
  ])("refuses %s", async (_name, first, next, said) => {
    const refused = (await (await begun(first))(next)) as RunferryError;
    expect(refused).toBeInstanceOf(RunferryError);
    expect(refused.code).toBe("cursor_mismatch");
    expect(refused.message).toContain(said);
  });

  it.each<[string, Telling | undefined, Telling | undefined]>([
    ["leaves out more", undefined, { metrics: ["val/*"], mostBytes: 10 }],
    ["has options that change nothing", undefined, { mostBytes: 1e9, experiments: [["other", "b"]] }],
  ])("takes one that %s", async (_name, first, next) => {
    expect(await (await begun(first))(next)).toMatchObject({ state: "delivered", delivery: { telling: next } });
  });

  it("misses a refused file no more once it is left out", async () => {
    const [journal, place, deliveries] = [await journalOf(), memoryPlace("a"), memoryDeliveries()];
    const backend = place.backend();
    const picky = {
      ...backend,
      async write(...[batch, context]: Parameters<typeof backend.write>) {
        const last = batch.at(-1)!;
        const isLarge = last.kind === "artifact.logged" && last.file.bytes > 1000;
        if (context.lane === "files" && isLarge) return { status: "refused", seq: last.seq, cause: "413" } as const;
        return backend.write(batch, context);
      },
    };
    const options = { journal, backend: picky, deliveries, clock: instantClock() };
    expect((await forward(options)).state).toBe("incomplete");
    const { state, delivery } = await forward({ ...options, telling: { mostBytes: 1000 } });
    expect(state).toBe("delivered");
    expect(delivery.streams.main?.parked).toEqual([]);
  });
});
