import {
  type Backend,
  type Clock,
  describeProgress,
  destinationName,
  forward,
  type Journal,
  type MemoryJournal,
  memoryDeliveries,
  memoryJournal,
  type Outcome,
  type Progress,
  type Recorded,
  RunferryError,
  type WriteContext,
} from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import { describe, expect, it } from "vitest";

type Answer = (batch: readonly Recorded[], context: WriteContext) => Outcome | Promise<Outcome>;

const accept: Answer = (batch, { cursor, lane }) => {
  const last = batch.at(-1)!.seq;
  return { status: "accepted", cursor: lane === "facts" ? { ...cursor, through: last } : { ...cursor, bulk: last } };
};

interface Scripted extends Backend {
  /** What it was handed: `facts 1-3`, `files 4`. */
  readonly calls: string[];
}

/** A backend that answers as the script says, in order, and then accepts everything. */
function scripted(script: readonly Answer[], options: Partial<Backend> = {}): Scripted {
  const calls: string[] = [];
  const answers = [...script];
  return {
    kind: "scripted",
    address: "somewhere",
    mapping: 1,
    filesLane: false,
    keeps: (view) => view,
    async write(batch, context) {
      const [first, last] = [batch[0]!.seq, batch.at(-1)!.seq];
      calls.push(`${context.lane} ${first === last ? first : `${first}-${last}`}`);
      return (answers.shift() ?? accept)(batch, context);
    },
    close: async () => undefined,
    ...options,
    calls,
  };
}

const run = "01jd7h8x5n0000000000000000";

/** A journal of a start and `steps` points, ended unless told otherwise. */
function journalOf(steps: number, ended = true): MemoryJournal {
  const journal = memoryJournal(run, { clock: instantClock() });
  const writer = journal.writer();
  writer.append({ kind: "run.started", format: 1, id: run, name: "run_001", experiment: "x", createdAt: 1 });
  for (let step = 1; step <= steps; step++) writer.append({ kind: "metrics.logged", step, values: { loss: step } });
  if (ended) writer.append({ kind: "run.ended", status: "finished" });
  return journal;
}

function deliver(journal: Journal, backend: Backend, options: Partial<Parameters<typeof forward>[0]> = {}) {
  const deliveries = memoryDeliveries();
  return forward({ journal, backend, deliveries, clock: instantClock(), random: () => 0.5, ...options });
}

const unavailable = new RunferryError("unavailable", "503", { hint: "wait", data: "nothing was sent" });
const retry: Answer = () => ({ status: "retry", cause: unavailable });
const refuse =
  (seq: number): Answer =>
  () => ({ status: "refused", seq, cause: new Error(`no room for ${seq}`) });

describe("batches", () => {
  it("are cut by count, and the end of the run comes alone and last", async () => {
    const backend = scripted([]);
    await deliver(journalOf(5), backend, { batch: { events: 2 } });
    expect(backend.calls).toEqual(["facts 1-2", "facts 3-4", "facts 5-6", "facts 7"]);
  });

  it("are cut by bytes, and hold at least one event", async () => {
    const backend = scripted([]);
    await deliver(journalOf(2, false), backend, { batch: { bytes: 10 } });
    expect(backend.calls).toEqual(["facts 1", "facts 2", "facts 3"]);
  });

  it("go on behind the prefix that was accepted", async () => {
    const backend = scripted([(_batch, { cursor }) => ({ status: "accepted", cursor: { ...cursor, through: 2 } })]);
    expect((await deliver(journalOf(3, false), backend)).state).toBe("delivered");
    expect(backend.calls).toEqual(["facts 1-4", "facts 3-4"]);
  });
});

describe("retries", () => {
  it("wait longer each time, add what the destination asked for, and tell of it", async () => {
    const told: Progress[] = [];
    const asks: Answer = () => ({ status: "retry", cause: unavailable, afterMs: 5000 });
    await deliver(journalOf(1), scripted([retry, retry, asks]), { onProgress: (progress) => told.push(progress) });
    const waits = told.flatMap((progress) => (progress.type === "retrying" ? [progress.inMs] : []));
    expect(waits).toEqual([250, 500, 6000]);
    expect(told.map(describeProgress)[0]).toContain("503; attempt 2 in 1 s");
  });

  it("end after so many attempts in an export, with the cause, and go on from there next time", async () => {
    const deliveries = memoryDeliveries();
    const journal = journalOf(3);
    const down = scripted([accept, ...Array<Answer>(4).fill(retry)]);
    const first = await deliver(journal, down, { deliveries, batch: { events: 2 }, retry: { attempts: 3 } });
    expect(first).toMatchObject({ state: "incomplete", cause: "503 (wait)" });
    expect(first.delivery.trouble?.message).toBe("503 (wait)");
    const up = scripted([]);
    const second = await deliver(journal, up, { deliveries });
    expect(second.state).toBe("delivered");
    expect(second.delivery.trouble).toBeUndefined();
    expect(up.calls).toEqual(["facts 3-4", "facts 5"]);
  });

  it("keep a memo that was learnt on the way", async () => {
    const memos: unknown[] = [];
    const learns: Answer = () => ({ status: "retry", cause: unavailable, memo: { id: 7 } });
    const sees: Answer = (batch, context) => {
      memos.push(context.cursor.memo);
      return accept(batch, context);
    };
    await deliver(journalOf(1, false), scripted([learns, sees]));
    expect(memos).toEqual([{ id: 7 }]);
  });

  it("are pointless without credentials: an export stops at once", async () => {
    const cause = new RunferryError("needs_credentials", "401", { hint: "set a token", data: "nothing was sent" });
    const backend = scripted([() => ({ status: "retry", cause })]);
    expect(await deliver(journalOf(1), backend)).toMatchObject({ state: "incomplete", cause: "401 (set a token)" });
    expect(backend.calls).toHaveLength(1);
  });
});

describe("refused events", () => {
  it("are parked one by one, and everything else goes on", async () => {
    const backend = scripted([refuse(3), accept, refuse(3)]);
    const { state, delivery } = await deliver(journalOf(4), backend);
    expect(state).toBe("incomplete");
    expect(delivery.streams.main?.parked).toEqual([
      { seq: 3, lane: "facts", kind: "metrics.logged", reason: "no room for 3" },
    ]);
    expect(backend.calls).toEqual(["facts 1-5", "facts 1-2", "facts 3-5", "facts 4-5", "facts 6"]);
  });

  it("are not in `before`, nor after a new start", async () => {
    const deliveries = memoryDeliveries();
    const journal = journalOf(4, false);
    await deliver(journal, scripted([accept, refuse(2)]), { deliveries, batch: { events: 1 } });
    const counts: (number | undefined)[] = [];
    const looks: Answer = (batch, context) => {
      counts.push(context.before.metrics.get("loss")?.count);
      return accept(batch, context);
    };
    const grown = journalOf(5, false);
    await deliver(grown, scripted([looks]), { deliveries });
    expect(counts).toEqual([3]);
  });

  it("of a run that is gone stop the delivery, and nothing is parked", async () => {
    const cause = new RunferryError("gone", "the run was deleted there", {
      hint: "deliver it anew",
      data: "it is here",
    });
    const backend = scripted([accept, () => ({ status: "refused", seq: 3, cause })]);
    const { state, delivery } = await deliver(journalOf(4), backend, { batch: { events: 2 } });
    expect(state).toBe("gone");
    expect(delivery.streams.main?.parked).toEqual([]);
  });
});

describe("pace", () => {
  it("waits as long as the destination asks before the next batch", async () => {
    const clock: Clock = instantClock(0);
    const times: number[] = [];
    const paced: Answer = (batch, context) => {
      times.push(clock.now());
      const outcome = accept(batch, context) as Outcome & { status: "accepted" };
      return { ...outcome, notBeforeMs: 15_000 };
    };
    await deliver(journalOf(1), scripted([paced, paced, paced]), { clock, batch: { events: 1 } });
    expect(times).toEqual([0, 15_000, 30_000]);
  });
});

describe("files", () => {
  it("are sent alone in a lane of their own, and the end of the run waits for them", async () => {
    const journal = journalOf(1, false);
    const file = await journal.putFile("model.bin", new Uint8Array([1, 2, 3]));
    const writer = journal.writer("rank1");
    writer.append({ kind: "artifact.logged", file });
    writer.append({ kind: "run.ended", status: "finished" });
    const slow: Answer = async (batch, context) => {
      if (context.lane === "files") await new Promise((resolve) => setTimeout(resolve, 20));
      return accept(batch, context);
    };
    const backend = scripted(Array<Answer>(9).fill(slow), { filesLane: true });
    const { state, delivery } = await deliver(journal, backend);
    expect(state).toBe("delivered");
    expect(backend.calls.slice(-2)).toEqual(["files 1", "facts 2"]);
    expect(delivery.streams.rank1?.cursor).toMatchObject({ through: 2, bulk: 2 });
  });

  it("that were accepted as facts only are sent by the next process", async () => {
    const deliveries = memoryDeliveries();
    const journal = journalOf(1, false);
    const file = await journal.putFile("model.bin", new Uint8Array([1, 2, 3]));
    journal.writer("rank1").append({ kind: "artifact.logged", file });
    const down: Answer = (batch, context) =>
      context.lane === "files" ? retry(batch, context) : accept(batch, context);
    const first = scripted(Array<Answer>(9).fill(down), { filesLane: true });
    const broken = await deliver(journal, first, { deliveries, retry: { attempts: 2 } });
    expect(broken.state).toBe("incomplete");
    const second = scripted([], { filesLane: true });
    expect((await deliver(journal, second, { deliveries })).state).toBe("delivered");
    expect(second.calls).toEqual(["files 1"]);
  });
});

describe("a saved delivery", () => {
  it("that never sent anything takes over the mapping of the backend, and goes on with it", async () => {
    const deliveries = memoryDeliveries();
    const destination = await destinationName("scripted", "somewhere");
    const trouble = { message: "it could not be opened", at: 5 };
    const [kind, address] = ["scripted", "somewhere"];
    await deliveries.save(run, { destination, kind, address, mapping: 0, streams: {}, trouble });
    const journal = journalOf(3);
    const { delivery } = await deliver(journal, scripted([]), { deliveries });
    expect([delivery.mapping, delivery.trouble, delivery.state]).toEqual([1, undefined, "delivered"]);
    expect((await deliver(journal, scripted([]), { deliveries })).state).toBe("delivered");
  });

  it("of another address or mapping is refused, and nothing is sent", async () => {
    const deliveries = memoryDeliveries();
    await deliver(journalOf(1), scripted([]), { deliveries });
    const newer = scripted([], { mapping: 2 });
    await expect(deliver(journalOf(1), newer, { deliveries })).rejects.toMatchObject({ code: "cursor_mismatch" });
    expect(newer.calls).toEqual([]);
  });

  it("that is ahead of the journal is refused: the journal was cut or replaced", async () => {
    const deliveries = memoryDeliveries();
    await deliver(journalOf(9), scripted([]), { deliveries });
    const backend = scripted([]);
    await expect(deliver(journalOf(3), backend, { deliveries })).rejects.toMatchObject({ code: "cursor_mismatch" });
    expect(backend.calls).toEqual([]);
  });
});

describe("a backend that breaks the contract", () => {
  const broken: readonly (readonly [string, Answer])[] = [
    ["accepts nothing", (_batch, { cursor }) => ({ status: "accepted", cursor })],
    [
      "accepts what it was not given",
      (_batch, { cursor }) => ({ status: "accepted", cursor: { ...cursor, through: 99 } }),
    ],
    ["refuses what it was not given", refuse(99)],
    [
      "has a memo without bounds",
      (batch, context) => {
        const outcome = accept(batch, context) as Outcome & { status: "accepted" };
        return { ...outcome, cursor: { ...outcome.cursor, memo: "x".repeat(70_000) } };
      },
    ],
  ];
  it.each(broken)("%s: it is named, and the cursor stays", async (_what, answer) => {
    const deliveries = memoryDeliveries();
    const journal = journalOf(3);
    await expect(deliver(journal, scripted([answer]), { deliveries })).rejects.toMatchObject({
      code: "contract_broken",
    });
    const backend = scripted([]);
    await deliver(journal, backend, { deliveries });
    expect(backend.calls[0]).toBe("facts 1-4");
  });
});

it("options that cannot work are named", async () => {
  await expect(deliver(journalOf(1), scripted([]), { batch: { events: 0 } })).rejects.toMatchObject({
    code: "bad_option",
  });
  await expect(deliver(journalOf(1), scripted([]), { saveEveryMs: -1 })).rejects.toMatchObject({ code: "bad_option" });
});
