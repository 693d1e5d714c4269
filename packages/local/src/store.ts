import { resolve } from "node:path";
import {
  type Clock,
  createRunId,
  formatVersion,
  mainStream,
  type Recorded,
  RunferryError,
  type RunStarted,
  systemClock,
} from "@runferry/core";
import { fileDeliveries, type StoredDeliveries } from "./deliveries.ts";
import { type Experiments, fileExperiments } from "./experiments.ts";
import { type FileSystem, ifPresent, nodeFileSystem } from "./file-system.ts";
import { inspectStore, type StoreHealth } from "./health.ts";
import type { Durability, LocalWriter } from "./journal-writer.ts";
import { layoutOf } from "./layout.ts";
import { ownIdentity, type ProcessIdentity } from "./process-identity.ts";
import { type PruneOptions, prunable } from "./prune.ts";
import type { RunEntry } from "./run-entry.ts";
import { type ListOptions, listRuns, runIds } from "./run-index.ts";
import { checkStore, createStore, noStore, refuseForeign } from "./store-file.ts";
import { type OpenWriterOptions, type StoredRun, storedRun } from "./stored-run.ts";
import { explaining } from "./system-trouble.ts";
import { createTrash, type Trash } from "./trash.ts";

export interface StoreOptions {
  /** Make a store where there is none (the default), or throw `not_found`. Without it nothing is written at opening. */
  readonly create?: boolean;
  readonly durability?: Durability;
  readonly clock?: Clock;
  /** For tests: a file system that fails, and a process that is another one. */
  readonly fileSystem?: FileSystem;
  readonly identity?: ProcessIdentity;
}

/** What a new run says of itself; what is left out is made up: an id, and the next free name. */
export type NewRun = Omit<RunStarted, "kind" | "format" | "id" | "name" | "createdAt"> &
  Partial<Pick<RunStarted, "id" | "name" | "createdAt">>;

export interface CreatedRun {
  readonly run: StoredRun;
  readonly writer: LocalWriter;
  readonly started: Recorded<RunStarted>;
}

/** A folder of runs. Everything in it is found by relative paths: move it, and open it elsewhere. */
export interface Store {
  readonly folder: string;
  readonly experiments: Experiments;
  readonly deliveries: StoredDeliveries;
  readonly trash: Trash;
  /** Where reports of exports and migrations are kept. */
  readonly reports: string;
  /** A file for what the processes that deliver have to say. */
  readonly deliveryLog: string;
  /** Creates a run and writes its first event. */
  createRun(run: NewRun, options?: OpenWriterOptions): CreatedRun;
  /** The run with this id; it need not have been written yet. */
  run(id: string): StoredRun;
  has(id: string): boolean;
  ids(): readonly string[];
  list(options?: ListOptions): readonly RunEntry[];
  /** The same, one after the other: there may be many. */
  entries(): Iterable<RunEntry>;
  /** Looks at everything in the store, which takes as long as reading it. */
  inspect(): StoreHealth;
  /** Moves all runs of an experiment to the trash and hides it. */
  deleteExperiment(name: string): readonly string[];
  /** Moves what the options choose to the trash, and gives the ids; with `dryRun` only those. */
  prune(options: PruneOptions & { readonly dryRun?: boolean }): readonly string[];
}

/** Throws for a newer store, and for a folder that holds other things. Writes nothing. */
export function refuseUnusable(folder: string, { fileSystem = nodeFileSystem }: StoreOptions = {}): void {
  const layout = layoutOf(resolve(folder));
  explaining(`the store ${layout.folder} could not be opened`, "nothing was written", () =>
    refuseForeign(layout, fileSystem),
  );
}

/** Opens a store. Throws for a newer one, and for a folder that holds other things; those are left as they are. */
export function openStore(folder: string, options: StoreOptions = {}): Store {
  const { fileSystem = nodeFileSystem, clock = systemClock, durability = "process", create = true } = options;
  const layout = layoutOf(resolve(folder));
  explaining(`the store ${layout.folder} could not be opened`, "nothing was written", () => {
    if (checkStore(layout, fileSystem)) return;
    if (!create) throw noStore(layout);
    createStore(layout, fileSystem);
  });
  const identity = options.identity ?? ownIdentity();
  const experiments = fileExperiments(layout, fileSystem);
  const runOptions = { fileSystem, identity, clock, durability };
  const run = (id: string) => storedRun(id, layout.run(id), runOptions);
  const has = (id: string) => ifPresent(() => fileSystem.statSync(layout.run(id).stream(mainStream))) !== undefined;
  const list = (chosen?: ListOptions) => [...listRuns(layout, fileSystem, identity, chosen)];
  const trash = createTrash({
    layout,
    fileSystem,
    identity,
    experiments,
    open: (id, at) => storedRun(id, at, runOptions),
  });

  function createRun(wanted: NewRun, open?: OpenWriterOptions): CreatedRun {
    const createdAt = wanted.createdAt ?? clock.now();
    const id = wanted.id ?? createRunId(createdAt);
    if (has(id)) throw exists(id, layout.folder);
    return explaining(`a run could not be created in ${layout.folder}`, "no run was created", () => {
      if (wanted.name !== undefined) experiments.claim(wanted.experiment, wanted.name);
      const name = wanted.name ?? experiments.claimNext(wanted.experiment);
      experiments.mark(wanted.experiment, false);
      const created = run(id);
      const writer = created.writer(mainStream, open);
      try {
        const start: RunStarted = { ...wanted, kind: "run.started", format: formatVersion, id, name, createdAt };
        return { run: created, writer, started: writer.append(start) };
      } catch (cause) {
        writer.closeNow();
        throw cause;
      }
    });
  }

  return {
    folder: layout.folder,
    experiments,
    deliveries: fileDeliveries(layout, fileSystem, identity),
    trash,
    reports: layout.reports,
    deliveryLog: layout.deliveryLog,
    createRun,
    run,
    has,
    ids: () => runIds(layout, fileSystem),
    list,
    entries: () => listRuns(layout, fileSystem, identity),
    inspect: () => inspectStore({ layout, fileSystem, identity, run, deleted: trash.ids }),
    deleteExperiment(name) {
      const ids = list().flatMap((entry) => (entry.started.experiment === name ? [entry.id] : []));
      trash.put(ids);
      experiments.mark(name, true);
      return ids;
    },
    prune({ dryRun = false, ...chosen }) {
      const ids = prunable(list(), chosen, clock.now());
      if (!dryRun) trash.put(ids);
      return ids;
    },
  };
}

function exists(id: string, folder: string): RunferryError {
  return new RunferryError("bad_option", `run ${id} is in ${folder} already`, {
    hint: "resume it, or leave out the id to get a new one",
    data: "the run that is there was not touched",
  });
}
