import {
  type Backend,
  destinationName,
  forward,
  type MemoryJournal,
  memoryDeliveries,
  memoryJournal,
  type Outcome,
  type Recorded,
  RunferryError,
} from "@runferry/core";
import { instantClock } from "@runferry/testkit";
import { describe, expect, it, vi } from "vitest";

const run = "01jd7h8x5n0000000000000000";

interface Told extends Backend {
  /** What arrived: `main 1-3`. */
  readonly told: string[];
}

function place(refuse: (stream: string) => Outcome | undefined = () => undefined): Told {
  const told: string[] = [];
  return {
    kind: "place",
    address: "somewhere",
    mapping: 1,
    filesLane: false,
    keeps: (view) => view,
    async write(batch: readonly Recorded[], { stream, cursor }) {
      const trouble = refuse(stream);
      if (trouble) return trouble;
      told.push(`${stream} ${batch.map(({ seq }) => seq).join(" ")}`);
      return { status: "accepted", cursor: { ...cursor, through: batch.at(-1)!.seq } };
    },
    close: async () => undefined,
    told,
  };
}

function begin(): { readonly journal: MemoryJournal; readonly main: ReturnType<MemoryJournal["writer"]> } {
  const journal = memoryJournal(run, { clock: instantClock() });
  const main = journal.writer();
  main.append({ kind: "run.started", format: 1, id: run, name: "run_001", experiment: "x", createdAt: 1 });
  return { journal, main };
}

/** Until so much has been told. */
function told(backend: Told, ...expected: readonly string[]): Promise<void> {
  return vi.waitFor(() => expect(backend.told).toEqual(expected));
}

function follow(journal: MemoryJournal, backend: Backend, options: Partial<Parameters<typeof forward>[0]> = {}) {
  const deliveries = memoryDeliveries();
  const done = forward({ journal, backend, deliveries, follow: true, clock: instantClock(), ...options });
  return { deliveries, done };
}

describe("an end that was seen from outside", () => {
  it("is not told where the run goes on, and streams that appear after it are", async () => {
    const { journal, main } = begin();
    const backend = place();
    const { done } = follow(journal, backend);
    await told(backend, "main 1");
    main.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
    journal.writer("observer").append({ kind: "run.ended", status: "killed", after: 2 });
    main.append({ kind: "metrics.logged", step: 2, values: { loss: 1 } }); // it was only stopped
    await told(backend, "main 1", "main 2 3");
    const rank = journal.writer("rank1");
    rank.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
    await told(backend, "main 1", "main 2 3", "rank1 1");
    rank.append({ kind: "writer.ended" });
    main.append({ kind: "run.ended", status: "finished" });
    expect((await done).state).toBe("delivered");
    expect(backend.told.slice(3).sort()).toEqual(["main 4", "rank1 2"]);
  });

  it("that holds after one that was void is told while it is followed", async () => {
    const { journal, main } = begin();
    const backend = place();
    const { done } = follow(journal, backend);
    await told(backend, "main 1");
    const observer = journal.writer("observer");
    observer.append({ kind: "run.ended", status: "killed", after: 1 });
    main.append({ kind: "metrics.logged", step: 2, values: { loss: 1 } });
    await told(backend, "main 1", "main 2");
    observer.append({ kind: "run.ended", status: "killed", after: 2 });
    const { state, delivery } = await done;
    expect(state).toBe("delivered");
    expect(backend.told).toEqual(["main 1", "main 2", "observer 2"]);
    expect(delivery.streams.observer?.cursor.through).toBe(2);
    expect(delivery.state).toBe("delivered");
  });
});

describe("following", () => {
  it("saves how far it got though nothing more comes", async () => {
    const { journal, main } = begin();
    const backend = place();
    const { deliveries, done } = follow(journal, backend);
    const destination = await destinationName("place", "somewhere");
    await vi.waitFor(async () => {
      const saved = await deliveries.load(run, destination);
      expect(saved?.streams.main?.cursor.through).toBe(1);
    });
    main.append({ kind: "run.ended", status: "finished" });
    await done;
  });

  const cause = (code: "needs_credentials" | "unavailable") =>
    new RunferryError(code, "no", { hint: "do something", data: "nothing was sent" });

  it("stops at once where credentials are missing, also what follows other streams", async () => {
    const { journal, main } = begin();
    journal.writer("rank1").append({ kind: "metrics.logged", step: 1, values: { loss: 1 } });
    const backend = place((stream) =>
      stream === "main" ? { status: "retry", cause: cause("needs_credentials") } : undefined,
    );
    const { done } = follow(journal, backend);
    const result = await done;
    expect(result).toMatchObject({ state: "incomplete", code: "needs_credentials", cause: "no (do something)" });
    expect(result.delivery).toMatchObject({ state: "incomplete", trouble: { code: "needs_credentials" } });
    main.append({ kind: "run.ended", status: "finished" });
  });

  it("stops after as many attempts as it is given, and saves the trouble as it comes", async () => {
    const { journal } = begin();
    const backend = place(() => ({ status: "retry", cause: cause("unavailable") }));
    const saved: (number | undefined)[] = [];
    const deliveries = memoryDeliveries();
    const watched = {
      ...deliveries,
      async save(of: string, delivery: Parameters<typeof deliveries.save>[1]) {
        saved.push(delivery.trouble?.retryAt);
        await deliveries.save(of, delivery);
      },
    };
    const { done } = follow(journal, backend, { deliveries: watched, retry: { attempts: 3 }, random: () => 1 });
    expect(await done).toMatchObject({ state: "incomplete", code: "unavailable" });
    expect(saved[0]).toBeGreaterThan(0);
    expect(saved.at(-1)).toBeUndefined();
  });

  it("gathers what is logged in a steady flow", async () => {
    const clock = instantClock();
    const journal = memoryJournal(run, { clock });
    const main = journal.writer();
    main.append({ kind: "run.started", format: 1, id: run, name: "run_001", experiment: "x", createdAt: 1 });
    const backend = place();
    let slept = 0;
    const watched = {
      ...clock,
      async sleep(ms: number) {
        slept++;
        if (slept <= 3) for (let i = 0; i < 5; i++) main.append({ kind: "metrics.logged", values: { loss: i } });
        else if (slept === 4) main.append({ kind: "run.ended", status: "finished" });
        await clock.sleep(ms);
      },
    };
    const deliveries = memoryDeliveries();
    await forward({ journal, backend, deliveries, follow: true, clock: watched, paceMs: 250, saveEveryMs: 0 });
    expect(backend.told).toEqual(["main 1", "main 2 3 4 5 6", "main 7 8 9 10 11", "main 12 13 14 15 16", "main 17"]);
  });
});
