import type { Backend, Outcome, Recorded } from "@runferry/core";
import { memorySubject, type Twist } from "../memory-subject.ts";
import type { BackendSubject } from "../subject.ts";

/** A backend that breaks a law on purpose, and the law it was made for. */
export interface Broken {
  readonly breaks: string;
  readonly subject: BackendSubject;
}

const credential = "pretend-password-of-the-place";

/** One for each law. `broken.test.ts` holds which laws each one breaks. */
export const brokenBackends: readonly Broken[] = [
  broken("replay", "appends what it is handed, known or not", (backend, shared) => numberedByArrival(backend, shared)),
  broken("split", "of two values in one batch it keeps the last", (backend) =>
    writing(backend, (batch) =>
      batch.map((event, i) => (isRepeated(event, batch.slice(i + 1)) ? emptied(event) : event)),
    ),
  ),
  broken("resume", "remembers in the process what it has had", (backend) => {
    let had = 0;
    return {
      ...backend,
      async write(batch, context) {
        // A fresh process believes that everything before its first batch is still to be dropped.
        const first = had === 0 && context.cursor.through > 0;
        had += batch.length;
        return backend.write(first ? batch.slice(0, -1).concat(emptied(batch.at(-1)!)) : batch, context);
      },
    };
  }),
  broken("live = export", "counts on a batch that is full", (backend) =>
    writing(backend, (batch) => (batch.length < 9 && batch[0]!.seq > 1 ? batch.map(emptied) : batch)),
  ),
  broken("order", "tells the lines of a batch from the last to the first", (backend) =>
    writing(backend, (batch) => {
      const lines = batch.flatMap((event) => (event.kind === "console.logged" ? [event.text] : []));
      return batch.map((event) => (event.kind === "console.logged" ? { ...event, text: lines.pop() ?? "" } : event));
    }),
  ),
  broken("prefix acceptance", "holds back what it has accepted", (backend) => {
    const held: Recorded[] = [];
    return {
      ...backend,
      async write(batch, context) {
        if (context.lane === "files") return backend.write(batch, context);
        held.push(...batch);
        const last = batch.at(-1)!;
        if (held.length >= 8 || last.kind === "run.ended") await backend.write(held.splice(0), context);
        return { status: "accepted", cursor: { ...context.cursor, through: last.seq } };
      },
    };
  }),
  broken("inputs untouched", "rounds in place", (backend) =>
    writing(backend, (batch) => {
      for (const event of batch) (event as { at: number }).at = Math.round(event.at);
      return batch;
    }),
  ),
  broken("cancellation", "does not hear the signal", (backend) => ({
    ...backend,
    async write(batch, context) {
      if (context.signal.aborted) await new Promise(() => undefined);
      const outcome = await backend.write(batch, context);
      if (context.signal.aborted) await new Promise(() => undefined);
      return outcome;
    },
  })),
  broken("closed means closed", "goes on after close", (backend) => ({ ...backend, close: async () => undefined })),
  broken("non-finite values", "drops what JSON has no word for", (backend) =>
    writing(backend, (batch) =>
      batch.map((event) => {
        if (event.kind !== "metrics.logged") return event;
        const finite = Object.entries(event.values).filter(([, value]) => Number.isFinite(value));
        return { ...event, values: Object.fromEntries(finite) };
      }),
    ),
  ),
  broken("unknown kinds are differences", "throws at a kind it does not know", (backend) =>
    writing(backend, (batch) => {
      if (batch.some((event) => event.kind === "unknown")) throw new TypeError("no such kind");
      return batch;
    }),
  ),
  broken(
    "no secret in any output",
    "says its password when it is refused",
    (backend) => ({
      ...backend,
      async write(batch, context): Promise<Outcome> {
        const alert = batch.find((event) => event.kind === "alert.raised");
        if (!alert) return backend.write(batch, context);
        return { status: "refused", seq: alert.seq, cause: new Error(`401 for ${credential}`) };
      },
    }),
    [credential],
  ),
  broken("memo bounded", "writes down every seq", (backend) => ({
    ...backend,
    async write(batch, context) {
      const outcome = await backend.write(batch, context);
      if (outcome.status !== "accepted" || context.lane === "files") return outcome;
      const known = Array.isArray(context.cursor.memo) ? context.cursor.memo : [];
      return { ...outcome, cursor: { ...outcome.cursor, memo: [...known, ...batch.map((event) => event.seq)] } };
    },
  })),
  broken("round trip", "has no tags, and does not say so", (backend) =>
    writing(backend, (batch) => batch.map((event) => (event.kind === "tags.set" ? emptied(event) : event))),
  ),
  broken("honesty", "says that it keeps no tags, and counts none", (backend) => ({
    ...writing(backend, (batch) => batch.map((event) => (event.kind === "tags.set" ? emptied(event) : event))),
    keeps: (view) => ({ ...view, tags: new Map() }),
  })),
  broken("plain run", "leaves out every param, and says so", (backend) => ({
    ...writing(backend, (batch) => batch.map((event) => (event.kind === "params.set" ? emptied(event) : event))),
    keeps: (view) => ({
      ...view,
      params: new Map(),
      differences: [...view.differences, { grade: "left out", kind: "params", count: view.params.size }],
    }),
  })),
];

function broken(breaks: string, how: string, wrap: Twist["wrap"], credentials?: readonly string[]): Broken {
  const twist = { name: how, ...(wrap ? { wrap } : {}), ...(credentials ? { credentials } : {}) };
  return { breaks, subject: memorySubject(twist) };
}

/** A backend that changes the facts it is handed before it writes them. */
function writing(backend: Backend, change: (batch: readonly Recorded[]) => readonly Recorded[]): Backend {
  return {
    ...backend,
    write: async (batch, context) => backend.write(context.lane === "facts" ? change(batch) : batch, context),
  };
}

/** Numbers events as they come, so that the same one twice is two. */
function numberedByArrival(backend: Backend, shared: Map<string, unknown>): Backend {
  return {
    ...backend,
    async write(batch, context) {
      if (context.lane === "files") return backend.write(batch, context);
      const key = `${context.run}/${context.stream}`;
      let arrived = (shared.get(key) as number | undefined) ?? 0;
      const outcome = await backend.write(
        batch.map((event) => ({ ...event, seq: ++arrived })),
        context,
      );
      shared.set(key, arrived);
      if (outcome.status !== "accepted") return outcome;
      return { ...outcome, cursor: { ...outcome.cursor, through: batch.at(-1)!.seq } };
    },
  };
}

function isRepeated(event: Recorded, later: readonly Recorded[]): boolean {
  return event.kind === "metrics.logged" && later.some((other) => other.kind === "metrics.logged");
}

/** An event that says nothing, in its place. */
function emptied(event: Recorded): Recorded {
  if (event.kind === "run.started" || event.kind === "run.ended") return event;
  return { seq: event.seq, at: event.at, kind: "tags.set", values: {} };
}
