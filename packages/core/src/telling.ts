import type { Cursor, Delivery, Journal } from "./contract.ts";
import { RunferryError } from "./errors.ts";
import { fileOf, mainStream, observerStream, type Recorded, type RunEnded, type RunStarted } from "./events.ts";
import { isGlob } from "./filter/like.ts";
import { canonicalJson, type Json } from "./json.ts";
import { copyRunId } from "./run-id.ts";
import { startOf } from "./start-of.ts";

/** How runs are told to one destination, where that is not as they are. Plain data: it is saved with each cursor. */
export interface Telling {
  /** The runs are copies of their own there, all in an experiment of this name. */
  readonly into?: string;
  /**
   * Experiments that have another name there: a pattern and the name, in which `*` is what the pattern's `*` stands for.
   * The first that fits holds.
   */
  readonly experiments?: readonly (readonly [pattern: string, name: string])[];
  /** Tags that every run has there; they go before its own. */
  readonly tags?: { readonly [name: string]: string };
  /** Patterns of the metrics that are told; those of a pattern that begins with `!` are not. */
  readonly metrics?: readonly string[];
  /** The same for the paths of artifacts. */
  readonly artifacts?: readonly string[];
  /** Files of more bytes are not told. */
  readonly mostBytes?: number;
}

export interface Told {
  /** What is told instead of the event. Its number is kept, so that a cursor goes on meaning the same. */
  readonly events: readonly Recorded[];
  /** What the destination is not told of it: `val/loss`, `epoch_9.ckpt`. */
  readonly leftOut: readonly string[];
}

/** Tells one run. A pure function of each event. */
export interface Teller {
  /** The id that the run has there. */
  readonly run: string;
  /** Its start, as it is told. */
  readonly started: RunStarted | undefined;
  /** How many events come before what is recorded in `main`: the numbers of that stream are higher by so many. */
  readonly ahead: number;
  tell(stream: string, event: Recorded): Told;
}

/** How things that were left out are called in the words of reports. */
export const excluded = "excluded";

export async function createTeller(telling: Telling | undefined, journal: Journal): Promise<Teller> {
  const { run } = journal;
  const started = await startOf(journal);
  if (telling === undefined) return { run, started, ahead: 0, tell: (_stream, event) => whole(event) };
  const { into, tags = {}, mostBytes = Number.POSITIVE_INFINITY } = telling;
  const isToldMetric = patternsOf(telling.metrics);
  const isToldArtifact = patternsOf(telling.artifacts);
  const ahead = aheadOf(telling);
  const copy = into === undefined ? undefined : await copyOf(run, into, started?.parent);
  const tellStart = <E extends RunStarted>(event: E): E => ({
    ...event,
    experiment: into ?? renamed(event.experiment, telling.experiments ?? []),
    ...copy,
  });

  function tellFields(stream: string, event: Recorded): Told {
    switch (event.kind) {
      case "run.started":
        return whole(tellStart(event));
      case "metrics.logged":
        return tellMetrics(event);
      case "metric.defined":
        return isToldMetric(event.name) ? whole(event) : { events: [nothing(event)], leftOut: [] };
      case "run.ended":
        return whole(tellEnd(stream, event));
      case "artifact.logged":
      case "media.logged": {
        const file = fileOf(event);
        const isTold =
          file === undefined ||
          (file.bytes <= mostBytes && (event.kind === "media.logged" || isToldArtifact(file.path)));
        return isTold ? whole(event) : { events: [nothing(event)], leftOut: [file.path] };
      }
      default:
        return whole(event);
    }
  }

  function tellMetrics(event: Recorded & { readonly kind: "metrics.logged" }): Told {
    const names = Object.keys(event.values);
    const leftOut = names.filter((name) => !isToldMetric(name));
    if (leftOut.length === 0) return whole(event);
    if (leftOut.length === names.length) return { events: [nothing(event)], leftOut };
    const values = Object.fromEntries(Object.entries(event.values).filter(([name]) => isToldMetric(name)));
    return { events: [{ ...event, values }], leftOut };
  }

  function tellEnd(stream: string, event: Recorded<RunEnded>): Recorded<RunEnded> {
    const { summary, after } = event;
    const told = summary && Object.fromEntries(Object.entries(summary).filter(([name]) => isToldMetric(name)));
    const isSeen = stream === observerStream && after !== undefined;
    return { ...event, ...(told ? { summary: told } : {}), ...(isSeen ? { after: after + ahead } : {}) };
  }

  return {
    run: copy?.id ?? run,
    started: started && tellStart(started),
    ahead,
    tell(stream, event) {
      const told = tellFields(stream, event);
      if (ahead === 0 || stream !== mainStream) return told;
      const events = told.events.map((one) => ({ ...one, seq: one.seq + (event.seq === 1 ? 0 : ahead) }));
      const own = { seq: 1 + ahead, at: event.at, kind: "tags.set", values: tags } as const;
      return { ...told, events: event.seq === 1 ? [...events, own] : events };
    },
  };
}

function whole(event: Recorded): Told {
  return { events: [event], leftOut: [] };
}

/** Stands where something is left out: a gap in the numbers would mean a loss. */
function nothing({ seq, at }: Recorded): Recorded {
  return { seq, at, kind: "tags.set", values: {} };
}

/** How many events are told before those of the journal. */
function aheadOf(telling: Telling | undefined): number {
  return Object.keys(telling?.tags ?? {}).length > 0 ? 1 : 0;
}

async function copyOf(
  run: string,
  into: string,
  parent: string | undefined,
): Promise<Pick<RunStarted, "id" | "parent">> {
  const id = await copyRunId(run, into);
  return parent === undefined ? { id } : { id, parent: await copyRunId(parent, into) };
}

function renamed(experiment: string, names: Telling["experiments"] & object): string {
  const found = names.find(([pattern]) => isGlob(experiment, pattern));
  if (found === undefined) return experiment;
  const [pattern, name] = found;
  const [head = "", tail = ""] = pattern.split("*");
  return name.replace("*", () => experiment.slice(head.length, experiment.length - tail.length));
}

/** Whether a name passes: one of the patterns fits, if there are any without `!`, and none of those with it. */
function patternsOf(patterns: readonly string[] | undefined): (name: string) => boolean {
  if (patterns === undefined) return () => true;
  const wanted = patterns.filter((pattern) => !pattern.startsWith("!"));
  const unwanted = patterns.flatMap((pattern) => (pattern.startsWith("!") ? pattern.slice(1) : []));
  return (name) =>
    (wanted.length === 0 || wanted.some((pattern) => isGlob(name, pattern))) &&
    !unwanted.some((pattern) => isGlob(name, pattern));
}

/** The address that a cursor belongs to: copies of their own have cursors of their own. */
export function toldAddress(address: string, telling: Telling | undefined): string {
  return telling?.into === undefined ? address : `${address} into ${telling.into}`;
}

/** How far a destination is in the numbers of the journal itself. */
export function readThrough(delivery: Delivery | undefined, stream: string): Pick<Cursor, "through" | "bulk"> {
  const { through = 0, bulk = 0 } = delivery?.streams[stream]?.cursor ?? {};
  const ahead = stream === mainStream ? aheadOf(delivery?.telling) : 0;
  const read = (seq: number) => (seq <= ahead ? Math.min(seq, 1) : seq - ahead);
  return { through: read(through), bulk: read(bulk) };
}

/**
 * A destination that was told the run in another way cannot be told the rest in this one, unless that makes no difference
 * to what it has: what is only now left out stays there, and is left out from here on.
 */
export async function checkTelling(saved: Delivery, telling: Telling | undefined, journal: Journal): Promise<void> {
  if (canonicalJson((saved.telling ?? {}) as Json) === canonicalJson((telling ?? {}) as Json)) return;
  const [then, now] = [await createTeller(saved.telling, journal), await createTeller(telling, journal)];
  if (canonicalJson(saved.telling?.tags ?? {}) !== canonicalJson(telling?.tags ?? {})) {
    throw toldOtherwise(saved, "has other tags that are added to it");
  }
  for await (const stream of journal.streams()) {
    const { through } = readThrough(saved, stream.name);
    for await (const events of stream.read()) {
      for (const event of events) {
        if (event.seq > through) break;
        const [old, fresh] = [then.tell(stream.name, event), now.tell(stream.name, event)];
        const [was, is] = [old.events[0], fresh.events[0]];
        if (was?.kind === "run.started" && is?.kind === "run.started" && was.experiment !== is.experiment) {
          throw toldOtherwise(saved, `is in the experiment ${JSON.stringify(was.experiment)}`);
        }
        const missing = old.leftOut.find((name) => !fresh.leftOut.includes(name));
        if (missing !== undefined) throw toldOtherwise(saved, `was delivered without ${missing}`);
      }
    }
  }
}

function toldOtherwise({ kind, address }: Delivery, what: string): RunferryError {
  return new RunferryError(
    "cursor_mismatch",
    `the run ${what} at ${kind}:${address}, which these options would change`,
    {
      hint: "give the same options again; deliver copies of their own, --into <experiment>; or have it sent anew: runferry forget <run> --to <place>",
      data: "nothing was sent; the journal and what was delivered before are unchanged",
    },
  );
}
