import {
  createFold,
  fold,
  itemsOf,
  itemText,
  mainStream,
  memoryJournal,
  observerStream,
  type Recorded,
  type RunEvent,
  type RunView,
} from "@runferry/core";
import { hostileRuns, rounds } from "@runferry/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyEvent, anyStream } from "./arbitrary-events.ts";
import { pointTexts, stamped, viewOf } from "./views.ts";

type Streams = { readonly [name: string]: readonly Recorded[] };

/** Everything a view says, as one text in a fixed order. */
function viewText(view: RunView): string {
  const items = [...itemsOf(view)].map(itemText).sort();
  return JSON.stringify([view.status, items, pointTexts(view), view.differences.map(({ example, ...rest }) => rest)]);
}

/** One order in which several streams may be read: each in its own order. */
function interleaved(streams: Streams, picks: readonly number[]): RunView {
  const folding = createFold("run");
  const waiting = Object.entries(streams).map(([name, events]) => ({ name, events: [...events] }));
  for (let i = 0; waiting.length > 0; i++) {
    const at = (picks[i % picks.length] ?? 0) % waiting.length;
    const event = waiting[at]!.events.shift();
    if (event) folding.add(waiting[at]!.name, event);
    else waiting.splice(at, 1);
  }
  return folding.view();
}

const points = (from: number, to: number): RunEvent[] =>
  Array.from({ length: to - from }, (_, i) => ({ kind: "metrics.logged", step: from + i, values: { loss: from + i } }));
const finished: RunEvent = { kind: "run.ended", status: "finished" };

describe("fold", () => {
  test("says the same whatever order the streams are read in", () => {
    const few = anyStream(anyEvent, 8);
    const streams = fc.record({ [mainStream]: few, [observerStream]: few, "rank-1": few });
    fc.assert(
      fc.property(
        streams,
        fc.array(fc.nat(10), { minLength: 1 }),
        fc.array(fc.nat(10), { minLength: 1 }),
        (all, one, other) => {
          expect(viewText(interleaved(all, one))).toBe(viewText(interleaved(all, other)));
        },
      ),
      rounds(400),
    );
  });

  test("says the same in any order for hostile runs", async () => {
    for (const run of await hostileRuns(3, { names: 50, largestFile: 10 })) {
      const streams: { [name: string]: Recorded[] } = {};
      for await (const stream of run.journal.streams()) {
        streams[stream.name] = [];
        for await (const chunk of stream.read()) streams[stream.name]!.push(...chunk);
      }
      const text = viewText(await fold(run.journal));
      for (const picks of [[0], [1, 0, 2], [2, 1]]) expect(viewText(interleaved(streams, picks)), run.name).toBe(text);
    }
  });

  test("takes the later value of a param and a tag, and forgets a deleted tag", () => {
    const view = viewOf([
      { kind: "params.set", values: { lr: 0.1, depth: 3 } },
      { kind: "params.set", values: { lr: 0.2 } },
      { kind: "tags.set", values: { a: "1", b: "1" } },
      { kind: "tags.set", values: { a: null, b: "2" } },
    ]);
    expect([...view.params]).toEqual([
      ["depth", 3],
      ["lr", 0.2], // the one set last comes last
    ]);
    expect([...view.tags]).toEqual([["b", "2"]]);
  });

  test("drops what a resume supersedes, of its own stream only", () => {
    const main = stamped([...points(0, 6), { kind: "run.resumed", fromStep: 3 }, ...points(3, 5)]);
    const view = interleaved({ [mainStream]: main, "rank-1": stamped(points(0, 6)) }, [0]);
    const { series, superseded } = view.metrics.get("loss")!;
    expect([...series.points()].map((point) => point.step).sort()).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]);
    expect([...superseded.points()].map((point) => point.step)).toEqual([3, 4, 5]);
  });

  test("keeps points without a step, and all points, where a resume names no step", () => {
    const noStep: RunEvent = { kind: "metrics.logged", values: { loss: 1 } };
    expect(viewOf([noStep, { kind: "run.resumed", fromStep: -9 }]).metrics.get("loss")!.series.length).toBe(1);
    expect(viewOf([...points(0, 5), { kind: "run.resumed" }]).metrics.get("loss")!.series.length).toBe(5);
  });

  test("is running again after a resume", () => {
    expect(viewOf([finished]).status).toBe("finished");
    expect(viewOf([finished, { kind: "run.resumed" }]).status).toBe("running");
  });

  test("believes an end seen from outside until the run goes on", () => {
    const seen: RunEvent = { kind: "run.ended", status: "killed", after: 3 };
    const withMain = (events: RunEvent[]) =>
      interleaved({ [mainStream]: stamped(events), [observerStream]: stamped([seen]) }, [0]);
    expect(withMain(points(0, 3)).status).toBe("killed");
    expect(withMain(points(0, 4)).status).toBe("running");
    expect(withMain([...points(0, 4), finished]).status).toBe("finished");
  });

  test("tells versions of an artifact apart, and two metrics by the case of a letter", () => {
    const artifact = (bytes: number): RunEvent => ({
      kind: "artifact.logged",
      file: { path: "a", sha256: "0".repeat(64), bytes },
    });
    const view = viewOf([
      artifact(1),
      artifact(2),
      artifact(3),
      { kind: "metrics.logged", values: { a: 1, A: 2, __proto__x: 3 } },
    ]);
    expect(view.artifacts.get("a")!.file.bytes).toBe(3);
    expect(view.replaced.map((one) => one.file.bytes)).toEqual([1, 2]);
    expect([...view.metrics.keys()]).toEqual(["a", "A", "__proto__x"]);
  });

  test("masks when asked to, and says where", async () => {
    const journal = memoryJournal("run");
    journal.writer().append({ kind: "params.set", values: { api_key: "hidden-away" } });
    expect((await fold(journal)).params.get("api_key")).toBe("hidden-away");
    const view = await fold(journal, { mask: true });
    expect(view.params.get("api_key")).toBe("***");
    expect(view.differences).toEqual([
      { grade: "converted", kind: "secrets masked", count: 1, example: "params.set values api_key" },
    ]);
  });
});
