import type { Before } from "./before.ts";
import type { Difference } from "./differences.ts";
import type { ErrorCode } from "./errors.ts";
import type { FileRef, Recorded, RunEvent, RunStarted } from "./events.ts";
import type { RunView } from "./fold.ts";
import type { Json } from "./json.ts";
import type { DeliveryState } from "./progress.ts";
import type { Telling } from "./telling.ts";

/** A run as its facts. Reading it never changes it, and any number of readers may read at once. */
export interface Journal {
  /** The id of the run. */
  readonly run: string;
  /** Where it lies, for people, where its id does not tell. */
  readonly where?: string;
  /** What its start says of it, where that is known before the run is read. */
  readonly head?: RunHead;
  /** The streams there are; with `follow`, also those that appear, until the signal or the end of `main`. */
  streams(options?: FollowOptions): AsyncIterable<Stream>;
  /** A fresh reading of a file's bytes from `start` on. Fails with `file_missing` where they are not there any more. */
  open(file: FileRef, options?: OpenOptions): AsyncIterable<Uint8Array>;
  /** The MD5 of a file in Base64, where the place told it when the run was read. */
  md5Of?(file: FileRef): string | undefined;
}

export type RunHead = Pick<RunStarted, "name" | "experiment" | "createdAt">;

/** What one writer said of one run, in its order. */
export interface Stream {
  readonly name: string;
  /**
   * Events with a seq above `after`, as many at a time as are at hand; with `follow`, until the stream has ended. The
   * stream `observer` has ended when the run has: an end that it told may have been void, and another may come.
   */
  read(options?: ReadOptions): AsyncIterable<readonly Recorded[]>;
}

export interface FollowOptions {
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
}

export interface ReadOptions extends FollowOptions {
  readonly after?: number;
}

export interface OpenOptions {
  readonly start?: number;
  readonly signal?: AbortSignal;
}

/** Appends to one stream. There is one writer per stream. */
export interface Writer {
  /** Numbers and stamps the event. Throws `bad_event` for one that no journal can hold, and writes nothing of it. */
  append<E extends RunEvent>(event: E, at?: number): Recorded<E>;
  /** Resolves once everything appended is as durable as the journal can make it. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Runs that are somewhere: a store, a server, a folder of another tool's files. Never written to. */
export interface Source {
  /** Every run that is there, or those with the given ids. */
  runs(options?: RunsOptions): AsyncIterable<Journal>;
}

export interface RunsOptions {
  readonly ids?: readonly string[];
  readonly signal?: AbortSignal;
  /** `listed`: files need not be read for their hashes. Where only the bytes tell a hash it is `unreadHash`. */
  readonly files?: "listed";
}

/** Stands for the hash of a file whose bytes were not read; its size is as the place lists it. */
export const unreadHash: string = "0".repeat(64);

/**
 * How far a destination got with a stream: `through` is the last seq whose facts it has, `bulk` the last whose files it
 * has. The memos hold what only the destination knows (ids, a line or byte offset, upload ids), 64 KiB each at most.
 */
export interface Cursor {
  readonly through: number;
  readonly bulk: number;
  readonly memo: Json;
  readonly bulkMemo: Json;
}

export const startCursor: Cursor = { through: 0, bulk: 0, memo: null, bulkMemo: null };

export const maxMemoBytes: number = 64 * 1024;

/** Every event goes through the facts lane; one with a file goes through the files lane as well, alone. */
export type Lane = "facts" | "files";

export interface WriteContext {
  readonly run: string;
  /** The id that the run has at this place, where somebody chose another than its own. */
  readonly as?: string;
  readonly stream: string;
  readonly lane: Lane;
  readonly cursor: Cursor;
  /** The fold of everything up to the cursor, so that a backend keeps no state of its own. Valid during this call. */
  readonly before: Before;
  /** What follows the batch, of a backend that takes it in pieces; `accepted` may go up to any event that was read here. */
  readonly rest?: Iterable<Recorded>;
  /** A fresh reading of a file from `start` on; one reading per attempt. */
  open(file: FileRef, options?: { readonly start?: number }): AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /** Call with the bytes of a file sent so far, for progress. */
  report(bytes: number): void;
}

export type Outcome =
  /**
   * Everything up to the cursor is there for good: `through` (or in the files lane `bulk`) has advanced, to the end of
   * the batch or short of it.
   */
  | {
      readonly status: "accepted";
      readonly cursor: Cursor;
      /** What of the accepted events is held in another form, or not. */
      readonly differences?: readonly Difference[];
      /** Ask for nothing more before this many milliseconds have passed. */
      readonly notBeforeMs?: number;
      readonly remote?: Remote;
    }
  /** Nothing is known to be there; the same again may work. `memo` keeps remote facts learnt on the way. */
  | { readonly status: "retry"; readonly cause: unknown; readonly afterMs?: number; readonly memo?: Json }
  /** This one event can never be taken as a whole. Nothing is claimed about the others. */
  | { readonly status: "refused"; readonly seq: number; readonly cause: unknown };

/** Where people find the run at the destination. */
export interface Remote {
  readonly id: string;
  readonly url?: string;
}

/**
 * A kind of place, opened at one address. A backend must NOT queue, retry, sleep, reorder, hold back, mutate what it
 * gets, read the journal, or throw for expected trouble: that is the forwarder's job, done once for all. It looks before
 * it creates, since the acknowledgement of a create may have been lost, and what it writes is a pure function of the
 * events so far: the same journal gives the same remote content in any batching.
 */
export interface Backend {
  readonly kind: string;
  /** Canonical and without credentials; a cursor belongs to it. */
  readonly address: string;
  /** Counted up when the mapping changes in a way that an unfinished delivery must not continue over. */
  readonly mapping: number;
  /** Whether files are sent in a lane of their own. Without it, `open` works in the facts lane. */
  readonly filesLane: boolean;
  /** Whether it heeds `as`. */
  readonly takesIds?: boolean;
  /** The largest batch worth sending. */
  readonly limits?: { readonly events?: number; readonly bytes?: number };
  /**
   * Whether `write` is given the first few events of a batch and has the others from `rest`, where they are made whenever
   * they are asked for: so of a large batch next to nothing need be in memory.
   */
  readonly inPieces?: true;
  /** Writing one batch against one cursor twice leaves the place as if written once. */
  write(batch: readonly Recorded[], context: WriteContext): Promise<Outcome>;
  /** What of a folded run this kind of place can hold, in the form it holds it. Pure. */
  keeps(view: RunView): RunView;
  /**
   * About how many requests it takes to bring a run there that is new there, on a good day. Pure. Absent where nobody is
   * asked: folders.
   */
  requests?(run: RunToSend): number;
  /** Afterwards `write` throws `closed`. */
  close(): Promise<void>;
}

/** A run that has not been sent yet, and what counts its requests. */
export interface RunToSend {
  readonly view: RunView;
  /** What the backend's `keeps` makes of it. */
  readonly kept: RunView;
  readonly events: number;
  readonly streams: number;
}

/** What is saved about the delivery of one run to one destination. */
export interface Delivery {
  readonly destination: string;
  readonly kind: string;
  readonly address: string;
  readonly mapping: number;
  /** The id that was chosen for the run there. */
  readonly as?: string;
  /** How the run is told there; absent where it is as it is. */
  readonly telling?: Telling;
  readonly remote?: Remote;
  readonly streams: { readonly [name: string]: StreamDelivery };
  /** How the last delivery ended; absent while one is under way, or after a crash. */
  readonly state?: DeliveryState;
  /** What it makes of time: how many events went there a second, of late. */
  readonly eventsPerSecond?: number;
  /** Why it stands still, if it does. */
  readonly trouble?: Trouble;
}

export interface Trouble {
  readonly message: string;
  /** Since when. */
  readonly at: number;
  readonly code?: ErrorCode;
  /** When the same is tried again. */
  readonly retryAt?: number;
}

export interface StreamDelivery {
  readonly cursor: Cursor;
  readonly differences: readonly Difference[];
  readonly parked: readonly Parked[];
}

/** An event that the destination refused. The rest went on without it. */
export interface Parked {
  readonly seq: number;
  readonly lane: Lane;
  readonly kind: string;
  readonly reason: string;
}

/** Keeps deliveries. `save` is atomic: a crash leaves the old or the new, whole. */
export interface Deliveries {
  load(run: string, destination: string): Promise<Delivery | undefined>;
  save(run: string, delivery: Delivery): Promise<void>;
}
