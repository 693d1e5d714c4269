import {
  bytesOf,
  canonicalJson,
  type ErrorCode,
  isRunferryError,
  type Journal,
  type Json,
  type Recorded,
  type RunEvent,
  spelled,
} from "@runferry/core";
import type { JournalPlace, JournalSubject, OpenJournal } from "../subject.ts";
import { demand, type Law, within } from "./law.ts";
import { finished, logged, params } from "./law-runs.ts";

const run = "01jd7h8x5n0000000000000000";
const started: RunEvent = { kind: "run.started", format: 1, id: run, name: "law", experiment: "laws", createdAt: 0 };
const ended: RunEvent = { kind: "writer.ended" };

/** Every law of a journal that can be written. */
export const journalLaws: readonly Law<JournalSubject>[] = [
  law("seq counts 1, 2, 3 and time never falls", async (open) => {
    const writer = await open.writer();
    writer.append(started, 1000.0005);
    writer.append(logged(1, { loss: 1 }), 900);
    writer.append(logged(2, { loss: 2 }), 1001);
    const events = await eventsOf(open.journal);
    demand(events.map((event) => event.seq).join() === "1,2,3", `seq goes ${events.map((event) => event.seq).join()}`);
    demand(events[1]!.at >= events[0]!.at, "time falls");
    demand(
      events.every((event) => Math.round(event.at * 1000) / 1000 === event.at),
      "a time has more than three decimals",
    );
  }),
  law("what was appended is read", async (open) => {
    const told: readonly RunEvent[] = [
      started,
      params({ lr: spelled("1e-05"), seed: spelled("12345678901234567890"), nested: { list: [null, true, "ü😀"] } }),
      logged(-3, {
        nan: Number.NaN,
        up: Number.POSITIVE_INFINITY,
        down: Number.NEGATIVE_INFINITY,
        zero: -0,
        tiny: 5e-324,
      }),
      {
        kind: "metrics.logged",
        values: Object.fromEntries([
          ["__proto__", 1],
          ["", 2],
          ["a/b", 3],
        ]),
      },
      { kind: "tags.set", values: { gone: null, text: "line\nbreak\u2028" } },
      { kind: "unknown", was: "something.new", fields: { deep: { er: [1, "two"] } } },
    ];
    const writer = await open.writer();
    for (const event of told) writer.append(event);
    const read = await eventsOf(open.journal);
    demand(read.length === told.length, `${told.length} events were appended, ${read.length} are read`);
    for (const [i, event] of told.entries()) {
      const { seq: _seq, at: _at, ...back } = read[i]!;
      demand(textOf(back) === textOf(event), `${textOf(event)} is read as ${textOf(back)}`);
    }
  }),
  law("read begins after any seq", async (open) => {
    const writer = await open.writer();
    writer.append(started);
    for (let step = 1; step <= 9; step++) writer.append(logged(step, { loss: step }));
    for (let after = 0; after <= 11; after++) {
      const seqs = (await eventsOf(open.journal, "main", after)).map((event) => event.seq);
      const expected = Array.from({ length: Math.max(0, 10 - after) }, (_, i) => after + 1 + i);
      demand(seqs.join() === expected.join(), `after ${after}, ${seqs.join()} are read`);
    }
  }),
  law("a follower sees what comes, and ends with the stream", async (open) => {
    const writer = await open.writer();
    writer.append(started);
    const following = eventsOf(open.journal, "main", 0, { follow: true });
    for (let step = 1; step <= 5; step++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      writer.append(logged(step, { loss: step }));
    }
    writer.append(finished);
    await writer.close();
    const events = await within(10_000, "following a run that has ended", following);
    demand(events.length === 7, `the follower saw ${events.length} of 7 events`);
  }),
  law("a follower of the journal sees streams that appear", async (open) => {
    const main = await open.writer();
    main.append(started);
    const names: string[] = [];
    const following = (async () => {
      for await (const stream of open.journal.streams({ follow: true })) names.push(stream.name);
    })();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const other = await open.writer("rank1");
    other.append(logged(1, { loss: 1 }));
    other.append(ended);
    await other.close();
    await new Promise((resolve) => setTimeout(resolve, 400));
    main.append(finished);
    await main.close();
    await within(10_000, "following the streams of a run that has ended", following);
    demand(names.sort().join() === "main,rank1", `the follower saw ${names.join()}`);
    demand((await eventsOf(open.journal, "rank1")).length === 2, "a stream holds what another one was told");
  }),
  law("following ends with the signal", async (open) => {
    const writer = await open.writer();
    writer.append(started);
    const stop = new AbortController();
    const following = eventsOf(open.journal, "main", 0, { follow: true, signal: stop.signal });
    setTimeout(() => stop.abort(), 20);
    const events = await within(
      5000,
      "following after the signal",
      following.catch(() => []),
    );
    demand(events.length <= 1, "events came from nowhere");
  }),
  law("a bad event is refused whole", async (open) => {
    const writer = await open.writer();
    writer.append(started);
    await demandError("bad_event", () => writer.append({ kind: "metrics.logged", step: 0.5, values: { loss: 1 } }));
    const evil = { path: "../outside", sha256: "0".repeat(64), bytes: 0 };
    await demandError("bad_event", () => writer.append({ kind: "artifact.logged", file: evil }));
    writer.append(logged(1, { loss: 1 }));
    const seqs = (await eventsOf(open.journal)).map((event) => event.seq);
    demand(seqs.join() === "1,2", `after a refused event, seq goes ${seqs.join()}`);
  }),
  law("one writer per stream, and closed means closed", async (open) => {
    const writer = await open.writer();
    writer.append(started);
    await demandError("locked", () => open.writer());
    await writer.close();
    await demandError("closed", () => writer.append(logged(1, { loss: 1 })));
    const next = await open.writer();
    next.append(logged(1, { loss: 1 }));
    const seqs = (await eventsOf(open.journal)).map((event) => event.seq);
    demand(seqs.join() === "1,2", `a second writer goes on with ${seqs.join()}`);
  }),
  {
    name: "it is the same when it is opened again",
    async check(subject) {
      const place = await subject.create();
      try {
        const first = await place.open(run);
        const writer = await first.writer();
        writer.append(started);
        writer.append(logged(1, { loss: 0.5 }));
        await writer.flush();
        await writer.close();
        const before = textOf(await eventsOf(first.journal));
        await first.close();
        const second = await place.open(run);
        demand(textOf(await eventsOf(second.journal)) === before, "other events are read");
        const next = await second.writer();
        demand(next.append(logged(2, { loss: 0.25 })).seq === 3, "seq does not go on");
        await next.close();
        await second.close();
      } finally {
        await place.remove();
      }
    },
  },
  law("files are read from any byte, and missing ones are named", async (open) => {
    const bytes = Uint8Array.from({ length: 200_000 }, (_, i) => i % 251);
    const file = await open.putFile("folder/some file.bin", bytes);
    demand(file.bytes === bytes.length && file.path === "folder/some file.bin", "the file is described wrongly");
    for (const start of [0, 1, 65_536, 199_999, 200_000]) {
      const read = await bytesOf(open.journal.open(file, { start }));
      demand(Buffer.compare(read, bytes.subarray(start)) === 0, `from byte ${start} on, other bytes are read`);
    }
    const other = { ...file, path: "not there", sha256: "f".repeat(64) };
    await demandError("file_missing", () => bytesOf(open.journal.open(other)));
  }),
];

function law(name: string, check: (open: OpenJournal, place: JournalPlace) => Promise<void>): Law<JournalSubject> {
  return {
    name,
    async check(subject) {
      const place = await subject.create();
      try {
        const open = await place.open(run);
        await check(open, place);
        await open.close();
      } finally {
        await place.remove();
      }
    },
  };
}

async function eventsOf(
  journal: Journal,
  name = "main",
  after = 0,
  options: { readonly follow?: boolean; readonly signal?: AbortSignal } = {},
): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for await (const stream of journal.streams()) {
    if (stream.name !== name) continue;
    for await (const chunk of stream.read({ after, ...options })) events.push(...chunk);
  }
  return events;
}

export async function demandError(code: ErrorCode, act: () => unknown): Promise<void> {
  let failure: unknown;
  try {
    await act();
  } catch (cause) {
    failure = cause;
  }
  demand(
    isRunferryError(failure, code),
    `it should fail with ${code}, and ${failure ? `fails with ${failure}` : "does not"}`,
  );
}

/** Text that tells NaN from null and -0 from 0. */
function textOf(value: unknown): string {
  return canonicalJson(named(value as Json));
}

function named(value: Json): Json {
  if (typeof value === "number") return Object.is(value, -0) ? "number -0" : `number ${value}`;
  if (typeof value !== "object" || value === null || "rawJSON" in value) return value;
  if (Array.isArray(value)) return value.map(named);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item as Json)]));
}
