import { createHash } from "node:crypto";
import {
  addDifferences,
  copyRunId,
  type Difference,
  fold,
  isRunferryError,
  itemsOf,
  itemText,
  plan,
  type RunView,
  type Series,
  type Telling,
} from "@runferry/core";
import type { Store } from "@runferry/local";
import type { Destination } from "@runferry/tracker";
import type { OpenedSource } from "./open-source.ts";

export interface PlanOptions {
  readonly sources: readonly OpenedSource[];
  readonly destinations: readonly Destination[];
  /** Runs that are in it already need not be taken in again. */
  readonly store?: Store;
  /** How the runs would be told to the destinations. */
  readonly telling?: Telling;
  readonly signal?: AbortSignal;
  readonly onProgress?: (source: string, runs: number) => void;
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
  const sums = destinations.map(() => ({ ids: new Map<string, number>(), differences: [] as readonly Difference[] }));
  const seen = new Map<string, string>();
  const ids = new Map<string, { readonly named: string; readonly content: string }>();
  const sources: PlannedSource[] = [];
  let localBytes = 0;
  for (const { name: from, layout, source, guessedZone } of options.sources) {
    const sum = { runs: 0, points: 0, files: 0, bytes: 0 };
    const twins: Twin[] = [];
    const clashes: Twin[] = [];
    let lost: readonly Difference[] = [];
    for await (const journal of source.runs(signal ? { signal } : {})) {
      const view = await fold(journal);
      const asTold = telling ? { telling } : {};
      const told = telling ? await fold(journal, asTold) : view;
      const masked = destinations.some(({ masks }) => masks) ? await fold(journal, { mask: true, ...asTold }) : told;
      const id = telling?.into === undefined ? journal.run : await copyRunId(journal.run, telling.into);
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
      const toSend = telling ? sizeOf(told) : size;
      for (const [i, { backend, masks }] of destinations.entries()) {
        const differences = plan(masks ? masked : told, backend.keeps);
        sums[i]!.differences = addDifferences(sums[i]!.differences, differences);
        sums[i]!.ids.set(id, toSend.factBytes + (backend.filesLane ? toSend.fileBytes : 0));
      }
      options.onProgress?.(from, sum.runs);
    }
    const zone = guessedZone?.();
    sources.push({ from, layout, ...sum, lost, twins, clashes, ...(zone === undefined ? {} : { guessedZone: zone }) });
  }
  const planned: PlannedDestination[] = [];
  for (const [i, destination] of destinations.entries()) {
    planned.push({ ...(await askWhatIsThere(destination, sums[i]!.ids, signal)), differences: sums[i]!.differences });
  }
  return { sources, destinations: planned, localBytes };
}

async function askWhatIsThere(
  { name: to, source }: Destination,
  runs: ReadonlyMap<string, number>,
  signal?: AbortSignal,
): Promise<Omit<PlannedDestination, "differences">> {
  const there = new Set<string>();
  let trouble: string | undefined;
  try {
    for await (const { run } of source.runs({ ids: [...runs.keys()], ...(signal ? { signal } : {}) })) there.add(run);
  } catch (cause) {
    signal?.throwIfAborted();
    if (!isRunferryError(cause)) throw cause;
    if (cause.code !== "not_found") trouble = cause.message; // a place that is not there has no runs
  }
  const bytes = [...runs].reduce((sum, [run, size]) => sum + (there.has(run) ? 0 : size), 0);
  const counts = { to, new: runs.size - there.size, there: there.size, bytes };
  return trouble === undefined ? counts : { ...counts, trouble };
}

function sizeOf(view: RunView) {
  let points = 0;
  for (const { series } of view.metrics.values()) points += series.length;
  let factBytes = points * pointBytes;
  for (const item of itemsOf(view)) factBytes += itemText(item).length;
  const files = [...view.artifacts.values(), ...view.replaced].map(({ file }) => file.bytes);
  for (const { media } of view.media) if ("file" in media && media.file) files.push(media.file.bytes);
  return { points, files: files.length, fileBytes: files.reduce((sum, bytes) => sum + bytes, 0), factBytes };
}

function nameOf({ started, id }: RunView): string {
  return started ? `${started.experiment}/${started.name}` : id;
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
