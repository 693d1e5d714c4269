import type { Clock } from "@runferry/core";
import type { Durability, FileSystem, ProcessIdentity } from "@runferry/local";
import type { DeliveryLag } from "./delivery/lag-watch.ts";
import type { Destination } from "./destination.ts";

export type Mode = "online" | "offline" | "disabled";
export type Resume = "never" | "allow" | "must";
export type Tags = { readonly [name: string]: string | number | boolean };

/** What all runs of a tracker share. Whatever is left out comes from the environment, then from `runferry.yaml`. */
export interface TrackerOptions {
  readonly experiment?: string;
  /** The folder of the store. */
  readonly dir?: string;
  /** Where runs are delivered to besides the store: `kind[:address]`, a list of such, or `both` (local and MLflow). */
  readonly backend?: string | readonly string[];
  /** What runs say of themselves at the start, besides their own. */
  readonly tags?: Tags;
  readonly group?: string;
  /** Record the machine as well: versions, CPUs, memory, GPUs. */
  readonly autoLog?: boolean;
  /** Say nothing on stderr. */
  readonly quiet?: boolean;
  readonly mode?: Mode;
  readonly durability?: Durability;
  /** Called when a destination falls behind by a minute or more, when that doubles, and when it has caught up. */
  readonly onLag?: (lag: DeliveryLag) => void;
}

/** One run. Its tags go over those of the tracker. */
export interface RunOptions {
  readonly experiment?: string;
  /** Default: the next of `run_001`, `run_002` … */
  readonly name?: string;
  readonly params?: object;
  readonly tags?: Tags;
  readonly description?: string;
  readonly group?: string;
  /** The run that this one is part of, or its id. */
  readonly parent?: string | { readonly id: string };
  readonly autoLog?: boolean;
  /** Default: a new one. */
  readonly id?: string;
  /** What to do when the run with this id is there: `never` (default) throws, `allow` goes on, `must` also needs it. */
  readonly resume?: Resume | boolean;
}

export type StartRunOptions = TrackerOptions & RunOptions;

export interface ResumeOptions {
  /** Points logged before with this step or a higher one no longer count. */
  readonly fromStep?: number;
  /** Break the lock of another host that is gone for good. */
  readonly takeOver?: boolean;
}

export interface EndOptions {
  /** How long to wait for everything to arrive at the destinations. Default: 30 s. */
  readonly waitMs?: number;
}

export interface JoinOptions {
  /** The name of this writer's own stream, such as `rank-1`. */
  readonly stream?: string;
}

/** What a tracker stands on; for tests. */
export interface Wiring {
  readonly environment?: { readonly [name: string]: string | undefined };
  readonly cwd?: string;
  readonly say?: (line: string) => void;
  readonly fileSystem?: FileSystem;
  readonly clock?: Clock;
  readonly identity?: ProcessIdentity;
  /** What the delivery process runs, and which places delivery in this one opens. */
  readonly delivery?: { readonly entry?: string; readonly open?: (place: string) => Promise<Destination> };
}
