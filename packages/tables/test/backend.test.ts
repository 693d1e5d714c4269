import { appendFileSync, globSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Backend,
  type Deliveries,
  fold,
  forward,
  type Journal,
  memoryDeliveries,
  missingFrom,
} from "@runferry/core";
import { type CrashPoints, createCrashPoints, hostileRuns, noCrash } from "@runferry/testkit";
import { describe, expect, test } from "vitest";
import { keeps } from "../src/index.ts";
import { collect, contentOf, kinds, temporaryFolder } from "./kinds.ts";

const rounds = Number(process.env.RUNFERRY_ROUNDS ?? 1);

function send(journal: Journal, backend: Backend, events: number, deliveries: Deliveries = memoryDeliveries()) {
  const batch = { events };
  return forward({ journal, backend, deliveries, batch, retry: { attempts: 1 }, saveEveryMs: 0 });
}

/** Hostile runs by what is hard about them. */
async function runOf(name: string): Promise<Journal> {
  const found = (await hostileRuns(1, { names: 10, mixtureEvents: 60 })).find((run) => run.name === name);
  return found!.journal;
}

describe.each(kinds)("$kind", ({ kind, open, source }) => {
  /** How often each side effect was come to, by deliveries that crash and those that go on after them. */
  const taken = new Map<string, number>();
  const note = ({ labels }: CrashPoints) => {
    for (const [label, count] of labels) taken.set(label, (taken.get(label) ?? 0) + count);
  };

  test.each(["mixture 1", "three streams", "resumed from a step, twice", "all sorts of media"])(
    "%s has the same rows in any batching, and after a crash before any side effect, whatever was remembered",
    async (name) => {
      const journal = await runOf(name);
      const whole = temporaryFolder();
      const counting = createCrashPoints();
      await send(journal, open({ dir: whole, effects: counting }), 9);
      const expected = await contentOf(whole, kind);
      for (const events of [1, 4, 1000]) {
        const dir = temporaryFolder();
        await send(journal, open({ dir }), events);
        expect(await contentOf(dir, kind), `in batches of ${events}`).toEqual(expected);
        rmSync(dir, { recursive: true });
      }
      const every = Math.max(1, Math.floor(counting.reached / (10 * rounds)));
      for (let at = 1; at <= counting.reached; at += every) {
        const dir = temporaryFolder();
        const remembered = at % 3 === 0 ? memoryDeliveries() : undefined;
        const crash = createCrashPoints(at);
        await send(journal, open({ dir, effects: crash }), 9, remembered).catch(() => undefined);
        const after = createCrashPoints();
        await send(journal, open({ dir, effects: after }), 4, remembered);
        for (const points of [crash, after]) note(points);
        expect(await contentOf(dir, kind), `crash ${at} of ${counting.reached}`).toEqual(expected);
        rmSync(dir, { recursive: true });
      }
    },
  );

  test("every side effect was come to in those crashes", () => {
    console.log(`${kind}: ${[...taken].map(([label, count]) => `${label} ${count}`).join(", ")}`);
    const both = ["make folder", "place file", "remove file", "write file"];
    expect([...taken.keys()].sort()).toEqual(kind === "csv" ? ["append", "cut tail", ...both] : both);
  });

  test("what was sent and never acknowledged is gone once the next batch is there", async () => {
    const journal = await runOf("mixture 2");
    const dir = temporaryFolder();
    const stop = new AbortController();
    // As if the process had died with everything sent and nothing remembered.
    await send(journal, open({ dir }), 7);
    const first: Backend = { ...open({ dir }) };
    const watched: Backend = {
      ...first,
      async write(batch, context) {
        if (context.stream === "main" && context.cursor.through > 0) stop.abort();
        return first.write(batch, context);
      },
    };
    const batch = { events: 5 };
    await forward({ journal, backend: watched, deliveries: memoryDeliveries(), batch, signal: stop.signal });
    const [copy] = await collect(source(dir).runs());
    const seqs: number[] = [];
    for await (const stream of copy!.streams()) {
      if (stream.name !== "main") continue;
      for await (const events of stream.read()) seqs.push(...events.map(({ seq }) => seq));
    }
    expect(Math.max(...seqs)).toBeLessThanOrEqual(10);
  });

  test("live and export have the same rows, and a long life leaves few files", async () => {
    const [live, exported] = [temporaryFolder(), temporaryFolder()];
    const journal = await runOf("awkward steps");
    const options = { journal, deliveries: memoryDeliveries(), follow: true, batch: { events: 1 } };
    await forward({ ...options, backend: open({ dir: live }) });
    await send(journal, open({ dir: exported }), 1000);
    expect(await contentOf(live, kind)).toEqual(await contentOf(exported, kind));
    const files = globSync(`metrics/*/*/*.${kind}`, { cwd: live });
    expect(files).toHaveLength(1);
  });

  test("a run that ends in one process has one file for each table", async () => {
    const dir = temporaryFolder();
    await send(await runOf("alerts and console"), open({ dir }), 1);
    expect(
      globSync(`*/*/*/*.${kind}`, { cwd: dir })
        .map((path) => path.split("/")[0])
        .sort(),
    ).toEqual(["events", "runs", "runs_wide"]);
  });

  test("rows that were there and are not any more are named, and come again from the start", async () => {
    const journal = await runOf("awkward steps");
    const whole = temporaryFolder();
    await send(journal, open({ dir: whole }), 3);
    for (const damage of ["missing", "empty"] as const) {
      const dir = temporaryFolder();
      const deliveries = memoryDeliveries();
      const crash = createCrashPoints(kind === "csv" ? 20 : 26);
      await send(journal, open({ dir, effects: crash }), 3, deliveries).catch(() => undefined);
      const files = globSync(`metrics/*/*/*.${kind}`, { cwd: dir });
      expect(files).not.toEqual([]);
      for (const path of files) {
        if (damage === "missing") rmSync(join(dir, path));
        else truncateSync(join(dir, path), 0);
      }
      const result = await send(journal, open({ dir }), 3, deliveries);
      expect(result.state, damage).toBe("gone");
      await send(journal, open({ dir }), 1000);
      expect(await contentOf(dir, kind)).toEqual(await contentOf(whole, kind));
    }
  });

  test("a row of a run that a power cut left empty is made anew from the start", async () => {
    const journal = await runOf("awkward steps");
    const [dir, whole] = [temporaryFolder(), temporaryFolder()];
    await send(journal, open({ dir: whole }), 1000);
    const deliveries = memoryDeliveries();
    await send(journal, open({ dir, effects: createCrashPoints(kind === "csv" ? 20 : 26) }), 3, deliveries).catch(
      () => 0,
    );
    const [path] = globSync(`runs/*/*/run.${kind}`, { cwd: dir });
    writeFileSync(join(dir, path!), kind === "csv" ? 'run_id,"' : "");
    const again = await send(journal, open({ dir }), 3, deliveries);
    expect(again.state).toBe(kind === "csv" ? "delivered" : "gone"); // a CSV file without a line says nothing
    await send(journal, open({ dir }), 1000);
    expect(await contentOf(dir, kind)).toEqual(await contentOf(whole, kind));
  });

  test("what a stranger put beside the tables is left alone, and not read", async () => {
    const journal = await runOf("a child");
    const dir = temporaryFolder();
    await send(journal, open({ dir }), 1000);
    const folder = join(dir, globSync("metrics/*/*", { cwd: dir })[0]!);
    writeFileSync(join(folder, "notes.txt"), "mine");
    writeFileSync(join(folder, `..%2f..%2fx.${kind}`), "a,b\n1,2\n");
    writeFileSync(join(dir, "metrics", `stray.${kind}`), "a,b\n1,2\n");
    const [copy] = await collect(source(dir).runs());
    const view = await fold(copy!);
    expect([...missingFrom(view, keeps(await fold(journal)))]).toEqual([]);
    expect((await collect(copy!.streams())).map(({ name }) => name)).toEqual(["main"]);
  });
});

const [csv] = kinds;

test("a torn tail is cut before anything is appended, at every length", async () => {
  const journal = await runOf("awkward steps");
  const whole = temporaryFolder();
  await send(journal, csv!.open({ dir: whole }), 5);
  const expected = await contentOf(whole, "csv");
  for (let torn = 1; torn < Math.min(400, 60 * rounds); torn += 7) {
    const dir = temporaryFolder();
    const deliveries = memoryDeliveries();
    await send(journal, csv!.open({ dir, effects: createCrashPoints(12) }), 5, deliveries).catch(() => undefined);
    for (const path of globSync("metrics/*/*/*.csv", { cwd: dir }))
      appendFileSync(join(dir, path), `"${"x,".repeat(torn)}`);
    await send(journal, csv!.open({ dir, effects: noCrash }), 5, deliveries);
    expect(await contentOf(dir, "csv")).toEqual(expected);
    rmSync(dir, { recursive: true });
  }
});
