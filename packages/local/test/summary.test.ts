import { fold, summarise } from "@runferry/core";
import { openStore } from "@runferry/local";
import fc from "fast-check";
import { expect, test } from "vitest";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const point = fc.record({
  step: fc.option(fc.integer({ min: -3, max: 5 }), { nil: undefined }),
  value: fc.oneof(fc.double(), fc.constantFrom(Number.NaN, -0, 0, Number.POSITIVE_INFINITY)),
  resume: fc.option(fc.integer({ min: -3, max: 5 }), { freq: 8 }),
  reopen: fc.boolean(),
});

test("the summary of a writer is that of the fold, also after resumes and for a writer that goes on", async () => {
  const store = openStore(temporary(), { durability: "buffered" });
  const points = fc.array(point, { minLength: 1, maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(points, async (all) => {
      const { run, writer: first } = store.createRun({ experiment: "summary" });
      let writer = first;
      for (const { step, value, resume, reopen } of all) {
        if (resume !== null) writer.append({ kind: "run.resumed", fromStep: resume });
        const values = { loss: value };
        writer.append(
          step === undefined ? { kind: "metrics.logged", values } : { kind: "metrics.logged", step, values },
        );
        if (!reopen) continue;
        writer.closeNow();
        writer = run.writer();
      }
      const summary = writer.summary().loss;
      writer.closeNow();
      const series = (await fold(run.journal)).metrics.get("loss")!.series;
      const { count, min, max, first: start, last } = summarise(series);
      const expected = { count, min, max, first: start?.value, last: last?.value };
      expect(summary).toEqual(expected);
    }),
    { numRuns: 200, seed: 7 },
  );
});
