import type { Blob } from "./blobs.ts";
import type { RunLines } from "./run-lines.ts";

/** What happens to a run, in the words that W&B has for it. */
export type RunState =
  | "pending"
  | "running"
  | "finished"
  | "failed"
  | "crashed"
  | "killed"
  | "preempting"
  | "preempted";

export interface Alert {
  readonly title: string;
  readonly text: string;
  readonly severity: string;
  readonly waitDuration: number | undefined;
}

export interface HeldRun {
  /** What GraphQL calls `id`; the run id is `name`. */
  readonly id: string;
  readonly name: string;
  readonly project: HeldProject;
  readonly createdAt: number;
  displayName: string;
  notes: string | null;
  description: string | null;
  tags: readonly string[];
  group: string | null;
  jobType: string | null;
  commit: string | null;
  host: string | null;
  program: string | null;
  repo: string | null;
  sweep: string | null;
  /** JSON text, as it came. */
  config: string;
  /** JSON text, as it came. */
  summary: string;
  state: RunState;
  exitcode: number | null;
  /** Somebody asked for the run to stop. */
  stopping: boolean;
  heartbeatAt: number;
  readonly lines: RunLines;
  /** The files that were asked for; those without bytes were never uploaded. */
  readonly files: Map<string, HeldFile>;
  readonly reported: Set<string>;
  readonly outputs: Set<HeldArtifact>;
  readonly inputs: Map<HeldArtifact, string | null>;
  readonly alerts: Alert[];
}

export interface HeldFile {
  readonly id: string;
  /** Where its bytes are in the storage. */
  readonly key: string;
}

export interface HeldProject {
  readonly id: string;
  readonly number: number;
  readonly entity: string;
  readonly name: string;
  readonly createdAt: number;
  readonly runs: Map<string, HeldRun>;
  /** Ids of runs that were deleted: they are never given out again. */
  readonly deleted: Set<string>;
  readonly collections: Map<string, HeldCollection>;
}

export interface HeldCollection {
  readonly id: string;
  readonly kind: "ArtifactSequence" | "ArtifactPortfolio";
  readonly project: HeldProject;
  readonly name: string;
  readonly type: string;
  readonly createdAt: number;
  /** Committed ones by version; a deleted one leaves a hole. */
  readonly versions: (HeldArtifact | undefined)[];
  readonly aliases: Map<string, HeldArtifact>;
}

export interface HeldArtifact {
  readonly id: string;
  readonly number: number;
  readonly collection: HeldCollection;
  readonly digest: string;
  readonly clientId: string | null;
  readonly createdAt: number;
  readonly createdBy: HeldRun | undefined;
  readonly historyStep: number | null;
  description: string | null;
  metadata: string | null;
  ttlDurationSeconds: number;
  tags: readonly string[];
  /** To be given when it is committed. */
  readonly wantedAliases: Set<string>;
  version: number | undefined;
  state: "PENDING" | "COMMITTED" | "DELETED";
  updatedAt: number | null;
  manifest: HeldManifest | undefined;
  entries: readonly ManifestEntry[];
}

export interface HeldManifest {
  readonly id: string;
  readonly artifact: HeldArtifact;
  readonly name: string;
  readonly key: string;
  digest: string;
}

export interface ManifestEntry {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  /** Where the entry points to; it has no bytes here then. */
  readonly ref: string | undefined;
  readonly birthArtifactId: string | undefined;
  /** Where its bytes are in the storage. */
  readonly key: string;
}

export interface WandbState {
  readonly entity: string;
  readonly now: () => number;
  newId(kind: string): { readonly id: string; readonly number: number };
  /** Undefined where there is no such project. */
  project(entity: string | null | undefined, name: string | null | undefined): HeldProject | undefined;
  /** Makes the project where there is none. */
  ensureProject(entity: string, name: string): HeldProject;
  readonly projects: ReadonlyMap<string, HeldProject>;
  readonly runsById: Map<string, HeldRun>;
  readonly artifacts: Map<string, HeldArtifact>;
  readonly manifests: Map<string, HeldManifest>;
  readonly objects: Map<string, Blob>;
}

export function createState(entity: string, now: () => number): WandbState {
  const projects = new Map<string, HeldProject>();
  let ids = 0;

  function newId(kind: string): { readonly id: string; readonly number: number } {
    const number = ++ids;
    return { id: base64(`${kind}:${number}`), number };
  }

  return {
    entity,
    now,
    newId,
    project: (owner, name) => projects.get(`${owner || entity}/${name ?? ""}`),
    ensureProject(owner, name) {
      const path = `${owner}/${name}`;
      const held = projects.get(path) ?? {
        ...newId("Project"),
        entity: owner,
        name,
        createdAt: now(),
        runs: new Map(),
        deleted: new Set(),
        collections: new Map(),
      };
      projects.set(path, held);
      return held;
    },
    projects,
    runsById: new Map(),
    artifacts: new Map(),
    manifests: new Map(),
    objects: new Map(),
  };
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** As the SDK reads it: UTC without fractions. */
export function isoTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`;
}
