import {
  type Backend,
  canonicalJson,
  createBefore,
  isRunferryError,
  type Json,
  maxMemoBytes,
  type Progress,
  parseJson,
  startCursor,
  stringifyJson,
} from "@runferry/core";
import { noCrash } from "../crash-points.ts";
import { hostileRuns } from "../hostile/hostile-runs.ts";
import { smallRun } from "../hostile/plain-runs.ts";
import { withPlace } from "../with-place.ts";
import { deliver, deliverAll, expectedView, readBack } from "./deliver.ts";
import { demand, type Law } from "./law.ts";
import { finished, logged, startLawRun } from "./law-runs.ts";
import { demandSame } from "./same.ts";

/** What a backend is handed stays as it was. */
export const inputsUntouched: Law = {
  name: "inputs untouched",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal } = await smallRun();
      const guarded = (backend: Backend): Backend => ({
        ...backend,
        async write(batch, context) {
          deepFreeze(batch);
          deepFreeze(context.cursor);
          const before = snapshot(context.before);
          const outcome = await backend.write(batch, context);
          // While a file is under way, the facts lane goes on and moves it.
          const same = context.lane === "files" || snapshot(context.before) === before;
          demand(same, "the backend changed `before`");
          return outcome;
        },
      });
      await deliverAll(place, journal, { wrap: guarded, batch: { events: 4 } });
      demandSame(await readBack(place, journal.run), await expectedView(place, journal), "handed frozen events");
    });
  },
};

/** After `close`, `write` fails with `closed` and changes nothing. */
export const closedMeansClosed: Law = {
  name: "closed means closed",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal, add, main } = startLawRun("closed");
      add(logged(1, { loss: 1 }), finished);
      await deliverAll(place, journal);
      const expected = await expectedView(place, journal);
      const backend = await place.open(noCrash);
      await backend.close();
      await backend.close();
      const late = main.append(logged(2, { loss: 2 }));
      const written = backend.write([late], {
        run: journal.run,
        stream: "main",
        lane: "facts",
        cursor: startCursor,
        before: createBefore("main").before,
        open: journal.open,
        signal: new AbortController().signal,
        report: () => undefined,
      });
      const failure: unknown = await written.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      demand(isRunferryError(failure, "closed"), "write after close does not throw `closed`");
      demandSame(await readBack(place, journal.run), expected, "written to after close");
    });
  },
};

/** NaN, the infinities, -0, the smallest and the greatest number arrive, or are counted. */
export const nonFiniteValues: Law = {
  name: "non-finite values",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal, add } = startLawRun("values");
      const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, Number.MAX_VALUE];
      for (const [step, value] of values.entries()) add(logged(step, { value, [`value_${step}`]: value }));
      add(finished);
      await deliverAll(place, journal);
      const expected = await expectedView(place, journal);
      const actual = await readBack(place, journal.run);
      demandSame(actual, expected, "values that are not ordinary numbers");
      const held = actual.metrics.get("value")?.series.length ?? 0;
      const counted = expected.differences.reduce((sum, difference) => sum + difference.count, 0);
      demand(held + counted >= values.length, `${values.length - held} values are neither there nor counted`);
    });
  },
};

/** An event of a kind the backend does not know is held or counted; it never stops a delivery. */
export const unknownKinds: Law = {
  name: "unknown kinds are differences",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal, add } = startLawRun("unknown");
      add(logged(1, { loss: 1 }));
      add({
        kind: "unknown",
        was: "gradient.logged",
        fields: { layer: "dense_1", norm: 0.25, list: [1, { a: null }] },
      });
      add(logged(2, { loss: 0.5 }), finished);
      await deliverAll(place, journal);
      const expected = await expectedView(place, journal);
      const actual = await readBack(place, journal.run);
      demandSame(actual, expected, "with an event of an unknown kind");
      demand(
        actual.unknown.length === 1 || expected.differences.some((difference) => difference.grade === "left out"),
        "an event of an unknown kind is neither held nor counted as left out",
      );
    });
  },
};

/** Neither a secret that a run logged nor the backend's own credentials are in anything that it sends, saves or says. */
export const noSecret: Law = {
  name: "no secret in any output",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const told: Progress[] = [];
      let saved = "";
      const secrets: string[] = [];
      for (const run of await hostileRuns(1)) {
        if (run.secrets.length === 0) continue;
        secrets.push(...run.secrets);
        const result = await deliver(place, run.journal, { onProgress: (progress) => told.push(progress) });
        saved += stringifyJson(result as unknown as Json);
      }
      demand(secrets.length > 0, "the runs of this law hold no secret to look for");
      const kept = await place.dump();
      for (const secret of secrets) demand(!kept.includes(secret), `${secret} is at the place or was sent there`);
      const said = JSON.stringify(told) + saved;
      for (const secret of [...secrets, ...(place.credentials ?? [])]) {
        demand(!said.includes(secret), `${secret} is in the saved delivery or in what the delivery told`);
      }
    });
  },
};

/** The memo holds remote facts, does not grow with the run, and is plain JSON. */
export const memoBounded: Law = {
  name: "memo bounded",
  async check(subject) {
    await withPlace(subject, async (place) => {
      const { journal, add } = startLawRun("memo");
      for (let step = 0; step < 1500; step++) add(logged(step, { [`metric_${step % 300}`]: step }));
      add(finished);
      const sizes: number[] = [];
      const watched = (backend: Backend): Backend => ({
        ...backend,
        async write(batch, context) {
          const outcome = await backend.write(batch, context);
          const memo = outcome.status === "accepted" ? outcome.cursor.memo : null;
          const text = stringifyJson(memo);
          demand(canonicalJson(parseJson(text)) === canonicalJson(memo), "the memo is not plain JSON");
          sizes.push(text.length);
          return outcome;
        },
      });
      await deliverAll(place, journal, { wrap: watched, batch: { events: 50 } });
      const largest = Math.max(...sizes);
      demand(largest <= maxMemoBytes, `the memo takes ${largest} bytes; ${maxMemoBytes} are allowed`);
      const growth = sizes.at(-1)! - sizes[Math.floor(sizes.length / 2)]!;
      demand(growth <= 64, `the memo grows with the run: ${growth} bytes in its second half`);
    });
  },
};

function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item);
}

/** Maps are not JSON: as lists of entries they are. */
function snapshot(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => (item instanceof Map ? [...item] : item));
}
