import { type Backend, createFold, keysOf, type Recorded, type RunEvent, type WriteContext } from "@runferry/core";

export interface MendingOptions {
  readonly backend: Backend;
  /** What the place lacks or holds otherwise, as `keyOf` has it. */
  readonly amiss: ReadonlySet<string>;
  readonly mends: (event: RunEvent) => boolean;
  /** The number of the last event of each stream. */
  readonly lastSeqs: ReadonlyMap<string, number>;
}

/**
 * A backend that is told a whole run again and passes on only what is amiss at its place. The last event of a stream comes
 * with whatever comes at all: places remember how far a stream is.
 */
export function mendingBackend({ backend, amiss, mends, lastSeqs }: MendingOptions): Backend {
  const sent = new Set<string>();

  function isAmiss(event: Recorded, { run, stream, before }: WriteContext): boolean {
    const fold = createFold(run);
    const isAboutRun = event.kind === "run.started" || event.kind === "run.ended";
    if (before.started && event.kind !== "run.started") fold.add(stream, { ...before.started, seq: 0, at: event.at });
    fold.add(stream, event);
    for (const key of keysOf(backend.keeps(fold.view()))) {
      // Every view has a status.
      if (amiss.has(key) && (isAboutRun || !/^(?:run|end)\n/.test(key))) return true;
    }
    return false;
  }

  return {
    ...backend,
    async write(batch, context) {
      const last = batch.at(-1)!.seq;
      const isEnd = sent.has(context.stream) && context.lane === "facts";
      const chosen = batch.filter(
        (event) => mends(event) && (isAmiss(event, context) || (isEnd && event.seq === lastSeqs.get(context.stream))),
      );
      const passed = (cursor: WriteContext["cursor"]) =>
        context.lane === "facts" ? { ...cursor, through: last } : { ...cursor, bulk: last };
      if (chosen.length === 0) return { status: "accepted", cursor: passed(context.cursor) };
      const outcome = await backend.write(chosen, context);
      if (outcome.status !== "accepted") return outcome;
      sent.add(context.stream);
      const { through, bulk } = outcome.cursor;
      const isWhole = (context.lane === "facts" ? through : bulk) >= chosen.at(-1)!.seq;
      return isWhole ? { ...outcome, cursor: passed(outcome.cursor) } : outcome;
    },
  };
}
