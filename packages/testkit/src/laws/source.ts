import { bytesOf, fold, type Journal, type Source } from "@runferry/core";
import type { SourcePlace, SourceSubject } from "../subject.ts";
import { demandFiles } from "./deliver.ts";
import { demandError } from "./journal.ts";
import { demand, type Law, within } from "./law.ts";
import { demandSame } from "./same.ts";

/** Every law of a source. */
export const sourceLaws: readonly Law<SourceSubject>[] = [
  law("it lists every run once", async ({ source, expected }) => {
    const ids = (await allOf(source.runs())).map((journal) => journal.run);
    demand(ids.sort().join() === [...expected.keys()].sort().join(), `it lists ${ids.join()}`);
  }),
  law("it finds runs by id, and none that are not there", async ({ source, expected }) => {
    for (const id of expected.keys()) {
      const found = await allOf(source.runs({ ids: [id] }));
      demand(
        found.length === 1 && found[0]!.run === id,
        `asked for ${id}, it gives ${found.map((one) => one.run).join()}`,
      );
    }
    demand((await allOf(source.runs({ ids: ["00000000000000000000000000"] }))).length === 0, "it invents a run");
  }),
  law("it gives what is there", async ({ source, expected }) => {
    for await (const journal of source.runs()) {
      const view = await fold(journal);
      demandSame(view, expected.get(journal.run)!, `run ${journal.run}`);
      await demandFiles(journal, view);
    }
  }),
  law("it gives the same again", async ({ source }) => {
    const first = new Map((await allOf(source.runs())).map((journal) => [journal.run, journal]));
    for await (const again of source.runs()) {
      demand((await linesOf(again)) === (await linesOf(first.get(again.run)!)), `run ${again.run} is read differently`);
    }
  }),
  law("its journals keep the order of journals", async ({ source }) => {
    for await (const journal of source.runs()) {
      for await (const stream of journal.streams()) {
        let last = { seq: 0, at: Number.NEGATIVE_INFINITY };
        for await (const events of stream.read()) {
          for (const event of events) {
            demand(event.seq > last.seq, `stream ${stream.name}: seq ${event.seq} follows ${last.seq}`);
            demand(event.at >= last.at, `stream ${stream.name}: time falls at seq ${event.seq}`);
            last = event;
          }
        }
        const after = Math.floor(last.seq / 2);
        for await (const events of stream.read({ after })) {
          demand(
            events.every((event) => event.seq > after),
            `stream ${stream.name}: read after ${after} gives earlier ones`,
          );
        }
      }
    }
  }),
  law("reading changes nothing", async ({ source, digest }) => {
    const before = await digest();
    for await (const journal of source.runs()) await fold(journal);
    demand((await digest()) === before, "the place is not as it was");
  }),
  law("it stops with the signal", async ({ source }) => {
    const stopped = AbortSignal.abort();
    const listing = allOf(source.runs({ signal: stopped })).catch(() => []);
    demand((await within(5000, "listing after the signal", listing)).length === 0, "it lists runs after the signal");
  }),
  law("a missing file is named", async ({ source }) => {
    const file = { path: "not there", sha256: "f".repeat(64), bytes: 3 };
    for await (const journal of source.runs()) await demandError("file_missing", () => bytesOf(journal.open(file)));
  }),
];

type OpenPlace = SourcePlace & { readonly source: Source };

function law(name: string, check: (place: OpenPlace) => Promise<void>): Law<SourceSubject> {
  return {
    name,
    async check(subject) {
      const place = await subject.create();
      try {
        demand(place.expected.size > 0, "the place holds no run to look at");
        await check({ ...place, source: place.open() });
      } finally {
        await place.remove();
      }
    },
  };
}

async function allOf<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function linesOf(journal: Journal): Promise<string> {
  let text = "";
  for await (const stream of journal.streams()) {
    for await (const events of stream.read()) text += `${stream.name} ${JSON.stringify(events)}\n`;
  }
  return text;
}
