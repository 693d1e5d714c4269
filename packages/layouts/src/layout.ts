import type { Source } from "@runferry/core";
import type { ImportedJournal } from "./run/imported-run.ts";

export interface LayoutOptions {
  /** What times without a zone are in, an IANA name. Default: the zone of this machine. */
  readonly timezone?: string;
  /** Also what was deleted there and is still to be had. */
  readonly deleted?: boolean;
  /** Where artifacts lie now, by what the addresses of them begin with. */
  readonly artifactRoots?: ReadonlyMap<string, string>;
}

/** Runs whose files lie on this machine. */
export interface LayoutSource extends Source {
  /** The zone that times without one were read in; undefined while there were none. */
  readonly guessedZone: string | undefined;
  runs(...options: Parameters<Source["runs"]>): AsyncIterable<ImportedJournal>;
}

/** A kind of local store that another tracker writes. */
export interface Layout {
  readonly name: string;
  /** What makes a folder one of these, for people. */
  readonly mark: string;
  /** Whether a folder, or a file where the store is one, is one of these. */
  detect(folder: string): Promise<boolean>;
  /** Never writes to the folder. */
  source(folder: string, options?: LayoutOptions): LayoutSource;
}
