import { join } from "node:path";
import { isRunId, mainStream, RunferryError } from "@runferry/core";
import type { Experiments } from "./experiments.ts";
import { type FileSystem, ifPresent, namesIn } from "./file-system.ts";
import { type Layout, type RunLayout, runLayout } from "./layout.ts";
import { acquireLock } from "./lock.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { type RunEntry, readEntry } from "./run-entry.ts";
import type { StoredRun } from "./stored-run.ts";
import { explaining } from "./system-trouble.ts";

/** Deleted runs, whole, until they are purged. */
export interface Trash {
  /** Moves runs here. Throws `locked`, and moves none, where one of them is being written. */
  put(ids: readonly string[]): void;
  restore(id: string): void;
  /** Removes runs for good; without ids all that are here. */
  purge(ids?: readonly string[]): void;
  ids(): readonly string[];
  /** The deleted runs, as a store lists the others. */
  list(): readonly RunEntry[];
  /** A deleted run, to be read. */
  run(id: string): StoredRun;
}

export interface TrashOptions {
  readonly layout: Layout;
  readonly fileSystem: FileSystem;
  readonly identity: ProcessIdentity;
  readonly experiments: Experiments;
  open(id: string, layout: RunLayout): StoredRun;
}

export function createTrash({ layout, fileSystem, identity, experiments, open }: TrashOptions): Trash {
  const isThere = (folder: string) => ifPresent(() => fileSystem.lstatSync(folder)) !== undefined;

  function put(ids: readonly string[]): void {
    for (const id of ids) if (!isThere(layout.run(id).folder)) throw notFound(id, "no run", layout.folder);
    // All are looked at before any is moved.
    for (const id of ids) acquireLock(layout.run(id).lock(mainStream), `run ${id}`, { fileSystem, identity }).release();
    fileSystem.mkdirSync(layout.trash, { recursive: true });
    for (const id of ids) {
      if (isThere(layout.trashed(id))) putAside(id);
      fileSystem.renameSync(layout.run(id).folder, layout.trashed(id));
    }
  }

  /** One that was deleted, came again, and is deleted again: what lies here already stays until it is purged. */
  function putAside(id: string): void {
    let n = 1;
    while (isThere(`${layout.trashed(id)}.${n}`)) n++;
    fileSystem.renameSync(layout.trashed(id), `${layout.trashed(id)}.${n}`);
  }

  function restore(id: string): void {
    const from = layout.trashed(id);
    if (!isThere(from)) throw notFound(id, "no deleted run", layout.folder);
    if (isThere(layout.run(id).folder)) throw inTheWay(id, layout.folder);
    const entry = readEntry(runLayout(from), id, fileSystem);
    fileSystem.mkdirSync(layout.runs, { recursive: true });
    fileSystem.renameSync(from, layout.run(id).folder);
    if (entry) experiments.mark(entry.started.experiment, false);
  }

  const ids = () => namesIn(fileSystem, layout.trash).filter(isRunId).sort();
  return {
    put: (chosen) =>
      explaining("runs could not be deleted", "those not deleted are where they were", () => put(chosen)),
    restore: (id) => explaining(`run ${id} could not be restored`, "it is still in the trash", () => restore(id)),
    purge(chosen = ids()) {
      explaining("the trash could not be emptied", "some deleted runs are still in the trash", () => {
        for (const id of chosen) fileSystem.rmSync(layout.trashed(id), { recursive: true, force: true });
        const aside = namesIn(fileSystem, layout.trash).filter((name) => chosen.includes(name.replace(/\.\d+$/, "")));
        for (const name of aside) fileSystem.rmSync(join(layout.trash, name), { recursive: true, force: true });
      });
    },
    ids,
    list: () => ids().flatMap((id) => readEntry(runLayout(layout.trashed(id)), id, fileSystem) ?? []),
    run: (id) => open(id, runLayout(layout.trashed(id))),
  };
}

function notFound(id: string, what: string, folder: string): RunferryError {
  return new RunferryError("not_found", `there is ${what} ${id} in ${folder}`, {
    hint: "list the runs to find its id",
    data: "nothing was changed",
  });
}

function inTheWay(id: string, folder: string): RunferryError {
  return new RunferryError("bad_option", `run ${id} is in ${folder} already`, {
    hint: "delete that one first, or leave the deleted one in the trash",
    data: "nothing was changed",
  });
}
