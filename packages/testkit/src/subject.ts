import type { Backend, FileRef, Journal, RunView, Source, Writer } from "@runferry/core";
import type { CrashPoints } from "./crash-points.ts";
import type { HostileSizes } from "./hostile/hostile-runs.ts";

/** A kind of backend, as the laws try it: `create` gives a fresh, empty place each time. */
export interface BackendSubject {
  readonly name: string;
  /** Where the place takes a request for each name, the hostile runs may be smaller. */
  readonly sizes?: HostileSizes;
  create(): Promise<Place>;
}

export interface Place {
  /** Opens the place as a new process would. Every side effect on it passes `crash.point(label)` first. */
  open(crash: CrashPoints): Promise<Backend>;
  /** Reads the place back. */
  source(): Promise<Source>;
  /** Everything that the place holds and everything that was ever sent there, as text, to look for secrets in. */
  dump(): Promise<string>;
  /** What opens the place and must never be seen: passwords, tokens. */
  readonly credentials?: readonly string[];
  /** The run as a client of someone else's sees it. */
  inspect?(run: string): Promise<RunView>;
  remove(): Promise<void>;
}

/** A kind of journal that can be written. */
export interface JournalSubject {
  readonly name: string;
  create(): Promise<JournalPlace>;
}

export interface JournalPlace {
  /** The journal of a run, created where there is none, as a new process would open it. */
  open(run: string): Promise<OpenJournal>;
  remove(): Promise<void>;
}

export interface OpenJournal {
  readonly journal: Journal;
  writer(stream?: string): Promise<Writer>;
  putFile(path: string, bytes: Uint8Array): Promise<FileRef>;
  close(): Promise<void>;
}

/** A kind of source: `create` gives a place with runs in it, and says which. */
export interface SourceSubject {
  readonly name: string;
  create(): Promise<SourcePlace>;
}

export interface SourcePlace {
  /** Opens the place to be read, as a new process would. */
  open(): Source;
  /** By id, what a reading must give. */
  readonly expected: ReadonlyMap<string, RunView>;
  /** A digest of everything in the place, to show that reading changes nothing. */
  digest(): Promise<string>;
  remove(): Promise<void>;
}
