import { join } from "node:path";
import { formatVersion, isJsonObject, type Json, messageOf } from "@runferry/core";
import { type FileSystem, ifPresent, namesIn } from "./file-system.ts";
import { streamNames } from "./journal-reader.ts";
import type { Layout } from "./layout.ts";
import { judgeLock } from "./lock.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { runIds } from "./run-index.ts";
import type { StoredRun } from "./stored-run.ts";

/** What is in a store, and what is wrong there. Looking writes nothing. */
export interface StoreHealth {
  readonly format: number;
  readonly runs: number;
  readonly deleted: number;
  readonly locks: readonly HeldLock[];
  /** Runs whose process died without a word. */
  readonly orphans: readonly string[];
  readonly damaged: readonly DamagedStream[];
  /** Files and folders that could not be read, and runs without a start. */
  readonly unreadable: readonly { readonly path: string; readonly message: string }[];
}

export interface HeldLock {
  readonly run: string;
  readonly stream: string;
  readonly state: "held" | "stale";
  readonly holder: ProcessIdentity | undefined;
}

export interface DamagedStream {
  readonly run: string;
  readonly stream: string;
  /** Events that are lost, as far as can be told. */
  readonly events: number;
  readonly where: string;
}

export interface HealthParts {
  readonly layout: Layout;
  readonly fileSystem: FileSystem;
  readonly identity: ProcessIdentity;
  run(id: string): StoredRun;
  deleted(): readonly string[];
}

/** Reads every journal from its start to its end. */
export function inspectStore({ layout, fileSystem, identity, run, deleted }: HealthParts): StoreHealth {
  const locks: HeldLock[] = [];
  const orphans: string[] = [];
  const damaged: DamagedStream[] = [];
  const unreadable: { path: string; message: string }[] = [];

  function tryTo(path: string, look: () => void): void {
    try {
      look();
    } catch (cause) {
      unreadable.push({ path, message: messageOf(cause) });
    }
  }

  function lookAtStream(id: string, stream: string): void {
    const own = layout.run(id);
    const lock = judgeLock(own.lock(stream), { fileSystem, identity });
    if (lock.state !== "free") locks.push({ run: id, stream, state: lock.state, holder: lock.holder });
    let isFirst = true;
    for (const event of run(id).events(stream)) {
      if (isFirst && stream === "main" && event.kind !== "run.started") {
        unreadable.push({
          path: own.stream(stream),
          message: "does not begin with run.started; the run is not listed",
        });
      }
      isFirst = false;
      if (event.kind !== "events.lost" || event.where === undefined) continue;
      damaged.push({ run: id, stream, events: event.count, where: event.where });
    }
  }

  const ids = runIds(layout, fileSystem);
  for (const id of ids) {
    const own = layout.run(id);
    tryTo(own.folder, () => {
      const streams = streamNames(fileSystem, own);
      if (!streams.includes("main")) unreadable.push({ path: own.folder, message: "has no journal/main.ndjson" });
      for (const stream of streams) tryTo(own.stream(stream), () => lookAtStream(id, stream));
      if (run(id).isOrphan) orphans.push(id);
    });
  }
  for (const folder of namesIn(fileSystem, layout.experiments)) {
    const file = join(layout.experiments, folder, "experiment.json");
    tryTo(file, () => {
      const parsed = JSON.parse(fileSystem.readFileSync(file, "utf8")) as Json;
      if (!isJsonObject(parsed) || typeof parsed.name !== "string") throw new Error("does not name its experiment");
    });
  }
  const format = ifPresent(() => fileSystem.readFileSync(layout.storeFile, "utf8"));
  return {
    format: format === undefined ? formatVersion : Number((JSON.parse(format) as { format: number }).format),
    runs: ids.length,
    deleted: deleted().length,
    locks,
    orphans,
    damaged,
    unreadable,
  };
}
