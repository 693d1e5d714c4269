import {
  type Clock,
  type FileRef,
  type Journal,
  mainStream,
  observerStream,
  type Recorded,
  type RunEnded,
  type RunEvent,
} from "@runferry/core";
import { type Behind, behindIn } from "./behind.ts";
import { type FileSystem, ifPresent } from "./file-system.ts";
import { findSettings, type Settings } from "./find-settings.ts";
import { journalReader, streamNames } from "./journal-reader.ts";
import { type Durability, journalWriter, type LocalWriter } from "./journal-writer.ts";
import type { RunLayout } from "./layout.ts";
import { leaveFile, leftPath, noteSource, sourceOf, type TakenFrom } from "./left-files.ts";
import { openLineFile } from "./line-file.ts";
import { acquireLock } from "./lock.ts";
import { storedPath } from "./open-stored-file.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { digestOf, type FileSource, type PutFile, type PutOptions, putArtifact, putMedia } from "./put-file.ts";
import { type NowSource, putArtifactNow, putMediaNow } from "./put-now.ts";
import { type RecordedWriter, recordedWriter } from "./recorded-writer.ts";
import { runStateOf } from "./run-state.ts";
import { eventsIn } from "./scan.ts";
import { explaining } from "./system-trouble.ts";

/** One run in a store. */
export interface StoredRun {
  readonly id: string;
  /** Its folder. */
  readonly folder: string;
  readonly journal: Journal;
  readonly streams: readonly string[];
  /** Every event of a stream that can be read now, without waiting; nothing where there is no such stream. */
  events(stream?: string): Iterable<Recorded>;
  /** The params, tags and definitions of metrics that hold, found without decoding the rest of the journal. */
  settings(): Settings;
  /** Opens a stream for writing; throws `locked` where someone else is. */
  writer(stream?: string, options?: OpenWriterOptions): LocalWriter;
  /** Opens a stream for events that another journal has numbered and stamped. */
  recordedWriter(stream: string): RecordedWriter;
  putArtifact(source: FileSource, path: string, options?: PutOptions): Promise<PutFile>;
  putMedia(source: FileSource, name: string, options?: PutOptions): Promise<FileRef>;
  /** Leaves the bytes of a file where they lie, and notes where: the run has them as long as they are there. */
  leaveFile(file: FileRef, path: string): void;
  /** Notes where the run was taken from. */
  noteSource(from: TakenFrom): void;
  /** Where the run was last taken from, if it was. */
  readonly takenFrom: TakenFrom | undefined;
  /** The same two, done when they return: what is logged in order has its file before its event. */
  putArtifactNow(source: NowSource, path: string): PutFile;
  putMediaNow(source: NowSource, name: string): FileRef;
  /** Whether the bytes of a file are here, by their hash. */
  holds(file: FileRef): Promise<boolean>;
  /** Where the bytes of a logged file are on this disk, in the run or where they were left, or undefined. */
  pathOf(file: FileRef): string | undefined;
  /** The process that wrote `main` died without an end. */
  readonly isOrphan: boolean;
  /** Notes that end in the stream `observer`, once; `told` is what the process could still say of it. */
  recordKilled(told?: Pick<RunEnded, "status" | "exitCode">): boolean;
  /** What of a stream comes after the event `through`. */
  behind(stream: string, through: number): Behind;
  /** The last event of a stream; undefined where there is none. */
  lastOf(stream: string): Recorded | undefined;
}

export interface OpenWriterOptions {
  readonly durability?: Durability;
  /** Break the lock of another host that is gone for good. */
  readonly takeOver?: boolean;
}

export interface StoredRunOptions {
  readonly fileSystem: FileSystem;
  readonly identity: ProcessIdentity;
  readonly clock: Clock;
  readonly durability: Durability;
}

export function storedRun(id: string, layout: RunLayout, options: StoredRunOptions): StoredRun {
  const { fileSystem, identity, clock } = options;
  const state = runStateOf(layout, fileSystem, identity);
  const durable = options.durability === "power";

  function open<W>(stream: string, takeOver: boolean, durable: boolean, make: (parts: Parts) => W): W {
    const what = `stream ${stream} of run ${id}`;
    return explaining(`${what} could not be opened`, "what was logged before stands", () => {
      fileSystem.mkdirSync(layout.journal, { recursive: true });
      const lock = acquireLock(layout.lock(stream), what, { fileSystem, identity, takeOver });
      try {
        return make({ lock, file: openLineFile(fileSystem, layout.stream(stream), durable) });
      } catch (cause) {
        lock.release();
        throw cause;
      }
    });
  }

  function writer(
    stream: string = mainStream,
    { durability = options.durability, takeOver = false } = {},
  ): LocalWriter {
    const name = `journal/${stream}.ndjson of run ${id}`;
    return open(stream, takeOver, durability === "power", (parts) =>
      journalWriter({ ...parts, fileSystem, name, clock, durability }),
    );
  }

  function* reading<T>(stream: string, read: (fd: number, size: number) => Iterable<T>): Iterable<T> {
    const fd = ifPresent(() => fileSystem.openSync(layout.stream(stream), "r"));
    if (fd === undefined) return;
    try {
      yield* read(fd, fileSystem.fstatSync(fd).size);
    } finally {
      fileSystem.closeSync(fd);
    }
  }

  function recordKilled(told: Pick<RunEnded, "status" | "exitCode"> = { status: "killed" }): boolean {
    const last = state.lastOf(mainStream);
    if (last === undefined || last.kind === "run.ended" || !state.isOrphan(mainStream)) return false;
    const observer = writer(observerStream);
    try {
      const end: RunEnded = { kind: "run.ended", ...told, after: last.seq };
      if (!hasSeen(observer.found, last)) observer.append(end);
    } finally {
      observer.closeNow();
    }
    return true;
  }

  return {
    id,
    folder: layout.folder,
    journal: journalReader(id, layout, { fileSystem, clock, state }),
    get streams() {
      return streamNames(fileSystem, layout);
    },
    events: (stream = mainStream) =>
      reading(stream, (fd, size) => eventsIn(fileSystem, fd, size, `journal/${stream}.ndjson`)),
    settings() {
      for (const found of reading(mainStream, (fd, size) => [findSettings(fileSystem, fd, size)])) return found;
      return { params: new Map(), tags: new Map(), definitions: new Map() };
    },
    writer,
    recordedWriter: (stream) => open(stream, false, false, recordedWriter),
    putArtifact: (source, path, put) => putArtifact(fileSystem, layout, source, path, { durable, ...put }),
    putMedia: (source, name, put) => putMedia(fileSystem, layout, source, name, { durable, ...put }),
    leaveFile: (file, path) => leaveFile(fileSystem, layout, file, path),
    noteSource: (from) => noteSource(fileSystem, layout, from),
    get takenFrom() {
      return sourceOf(fileSystem, layout);
    },
    putArtifactNow: (source, path) => putArtifactNow(fileSystem, layout, source, path, durable),
    putMediaNow: (source, name) => putMediaNow(fileSystem, layout, source, name, durable),
    async holds(file) {
      const path = storedPath(layout, file, fileSystem);
      return path !== undefined && (await digestOf(fileSystem, path)).sha256 === file.sha256;
    },
    pathOf: (file) => ifPresent(() => storedPath(layout, file, fileSystem) ?? leftPath(fileSystem, layout, file)),
    get isOrphan() {
      const last = state.lastOf(mainStream);
      return last?.kind !== "run.ended" && state.isOrphan(mainStream);
    },
    recordKilled,
    behind: (stream, through) => behindIn(fileSystem, layout.stream(stream), through),
    lastOf: state.lastOf,
  };
}

interface Parts {
  readonly lock: ReturnType<typeof acquireLock>;
  readonly file: ReturnType<typeof openLineFile>;
}

function hasSeen(found: Recorded<RunEvent> | undefined, last: Recorded): boolean {
  return found?.kind === "run.ended" && found.after === last.seq;
}
