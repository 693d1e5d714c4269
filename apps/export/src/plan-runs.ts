import { createHash } from "node:crypto";
import {
  addDifferences,
  copyRunId,
  type Difference,
  fold,
  isRunferryError,
  itemsOf,
  itemText,
  type Journal,
  type RunView,
  type Series,
  type Telling,
} from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "@runferry/tracker";
import { pointsOf } from "./count-points.ts";
import { inOrder } from "./in-order.ts";
import type { OpenedSource } from "./open-source.ts";
import { aboutSeconds, checkTime } from "./plan-time.ts";
import { type ReadRun, readRun } from "./read-run.ts";
import { fullName } from "./run-label.ts";
import { countWork, type WorkProgress } from "./work-progress.ts";

export interface PlanOptions {
  readonly sources: readonly OpenedSource[];
  readonly destinations: readonly Destination[];
  /** Runs that are in it already need not be taken in again. */
  readonly store?: Store;
  /** How the runs would be told to the destinations. */
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: WorkProgress) => void;
}

/** What is in a source. */
export interface PlannedSource {
  readonly from: string;
  readonly layout: string;
  readonly runs: number;
  readonly points: number;
  readonly files: number;
  readonly bytes: number;
  /** What could not be read. */
  readonly lost: readonly Difference[];
  /** The zone that decided where times had none. */
  readonly guessedZone?: string;
  /** Runs that say the same as a run of an earlier source, or of this one. */
  readonly twins: readonly Twin[];
  /** Runs that have the id of another run and say something else: only one of them can be taken in. */
  readonly clashes: readonly Twin[];
}

export interface Twin {
  readonly run: string;
  readonly name: string;
  readonly like: string;
}

/** What a delivery would be. */
export interface PlannedDestination {
  readonly to: string;
  readonly new: number;
  readonly there: number;
  /** Bytes of files and, about, of everything else that is new there. */
  readonly bytes: number;
  /** About how many requests that takes; undefined for a folder. */
  readonly requests?: number;
  /** About how many seconds that takes. */
  readonly seconds?: number;
  readonly differences: readonly Difference[];
  /** Why it could not be asked. */
  readonly trouble?: string;
}

export interface Plan {
  readonly sources: readonly PlannedSource[];
  readonly destinations: readonly PlannedDestination[];
  /** What taking the runs in needs in the store: the facts; files stay where they are. */
  readonly localBytes: number;
}

/** About what a line of a journal takes, with one value in it. */
const pointBytes = 90;

/** Reads every run of the sources and says what delivering them would mean. Writes nothing anywhere. */
export async function planRuns(options: PlanOptions): Promise<Plan> {
  const { destinations, store, telling, signal } = options;
  const masks = destinations.some((destination) => destination.masks);
  const sums = destinations.map(() => ({
    loads: new Map<string, RunLoad>(),
    differences: [] as readonly Difference[],
  }));
  const seen = new Map<string, string>();
  const ids = new Map<string, { readonly named: string; readonly content: string }>();
  const sources: PlannedSource[] = [];
  let localBytes = 0;
  for (const { name: from, layout, source, guessedZone, atOnce = 1 } of options.sources) {
    const sum = { runs: 0, points: 0, files: 0, bytes: 0 };
    const twins: Twin[] = [];
    const clashes: Twin[] = [];
    let lost: readonly Difference[] = [];
    const count = countWork("read", from, undefined, options.onProgress);
    let beganAt = performance.now();
    const reading = inOrder(source.runs(signal ? { signal } : {}), atOnce, async (journal) => {
      const read = await readRun(journal, masks && telling === undefined, signal);
      return { journal, view: read.view, told: telling ? await toldRun(journal, telling, masks, read) : read };
    });
    for await (const { journal, view, told } of reading) {
      const id = telling?.into === undefined ? journal.run : await copyRunId(journal.run, telling.into);
      const readMs = performance.now() - beganAt;
      const size = sizeOf(view);
      sum.runs++;
      sum.points += size.points;
      sum.files += size.files;
      sum.bytes += size.fileBytes;
      lost = addDifferences(lost, view.differences);
      if (!store?.has(journal.run)) localBytes += size.factBytes;
      const named = `${from} ${nameOf(view)}`;
      const like = seen.get(contentOf(view));
      if (like === undefined) seen.set(contentOf(view), named);
      else twins.push({ run: journal.run, name: nameOf(view), like });
      const earlier = ids.get(journal.run);
      if (earlier === undefined) ids.set(journal.run, { named, content: contentOf(view) });
      else if (earlier.content !== contentOf(view)) {
        clashes.push({ run: journal.run, name: nameOf(view), like: earlier.named });
      }
      const toSend = telling ? sizeOf(told.view) : size;
      for (const [i, destination] of destinations.entries()) {
        const { load, differences } = loadOf(told, destination, toSend);
        sums[i]!.differences = addDifferences(sums[i]!.differences, differences);
        sums[i]!.loads.set(id, { ...load, readMs });
      }
      count.done(
        nameOf(view),
        size.points,
        view.differences.every(({ grade }) => grade !== "lost"),
      );
      beganAt = performance.now();
    }
    count.over();
    const zone = guessedZone?.();
    sources.push({ from, layout, ...sum, lost, twins, clashes, ...(zone === undefined ? {} : { guessedZone: zone }) });
  }
  const planned = destinations.map(async (destination, i) => {
    const { loads, differences } = sums[i]!;
    return { ...(await askWhatIsThere(destination, loads, signal)), differences };
  });
  return { sources, destinations: await Promise.all(planned), localBytes };
}

/** The run as it would be told. */
async function toldRun(journal: Journal, telling: Telling, masks: boolean, read: ReadRun): Promise<ReadRun> {
  const view = await fold(journal, { telling });
  return { ...read, view, masked: masks ? await fold(journal, { telling, mask: true }) : view };
}

/** What one run is to one destination. */
interface RunLoad {
  readonly bytes: number;
  readonly requests: number | undefined;
  readonly readMs: number;
}

function loadOf({ view, masked, events, streams }: ReadRun, { backend, masks }: Destination, size: Size) {
  const seen = masks ? masked : view;
  const kept = backend.keeps(seen);
  const requests = backend.requests?.({ view: seen, kept, events, streams });
  const bytes = size.factBytes + (backend.filesLane ? size.fileBytes : 0);
  return { load: { bytes, requests }, differences: kept.differences };
}

async function askWhatIsThere(
  destination: Destination,
  runs: ReadonlyMap<string, RunLoad>,
  signal?: AbortSignal,
): Promise<Omit<PlannedDestination, "differences">> {
  const { name: to, source, backend } = destination;
  const there = new Set<string>();
  let trouble: string | undefined;
  let checkMs: number | undefined;
  try {
    checkMs = await checkTime(destination, signal);
    for await (const { run } of source.runs({ ids: [...runs.keys()], ...(signal ? { signal } : {}) })) there.add(run);
  } catch (cause) {
    signal?.throwIfAborted();
    if (!isRunferryError(cause)) throw cause;
    if (cause.code !== "not_found") trouble = cause.message; // a place that is not there has no runs
  }
  const fresh = [...runs].flatMap(([run, load]) => (there.has(run) ? [] : load));
  const sum = (of: (load: RunLoad) => number) => fresh.reduce((all, load) => all + of(load), 0);
  const bytes = sum((load) => load.bytes);
  const requests = backend.requests ? sum((load) => load.requests ?? 0) : undefined;
  const counts = { to, new: fresh.length, there: there.size, bytes, ...(requests === undefined ? {} : { requests }) };
  if (trouble !== undefined) return { ...counts, trouble };
  return { ...counts, seconds: aboutSeconds({ bytes, requests, readMs: sum((load) => load.readMs) }, checkMs) };
}

type Size = ReturnType<typeof sizeOf>;

function sizeOf(view: RunView) {
  const points = pointsOf(view);
  let factBytes = points * pointBytes;
  for (const item of itemsOf(view)) factBytes += itemText(item).length;
  const files = [...view.artifacts.values(), ...view.replaced].map(({ file }) => file.bytes);
  for (const { media } of view.media) if ("file" in media && media.file) files.push(media.file.bytes);
  return { points, files: files.length, fileBytes: files.reduce((sum, bytes) => sum + bytes, 0), factBytes };
}

function nameOf({ started, id }: RunView): string {
  return started ? fullName(started) : id;
}

/** Of steps and values; when they were logged is another matter. */
function hashOf(series: Series): string {
  const hash = createHash("sha256");
  for (const { step, value } of series.points()) hash.update(new Float64Array([step ?? Number.NaN, value]));
  return hash.digest("hex");
}

/** The same for runs that say the same, wherever they were logged: params, and how each metric went. */
function contentOf(view: RunView): string {
  const params = [...itemsOf(view)].flatMap((item) => (item.kind === "param" ? itemText(item) : [])).sort();
  const metrics = [...view.metrics].map(([name, { series }]) => `${name}\n${hashOf(series)}`).sort();
  return [...params, ...metrics].join("\n");
}
