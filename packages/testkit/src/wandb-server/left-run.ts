import { type Alert, type HeldArtifact, type HeldRun, isoTime, type WandbState } from "./state.ts";

/** What the server holds of a run. Texts are as they were sent. */
export interface LeftRun {
  readonly id: string;
  readonly state: string;
  readonly exitcode: number | null;
  readonly displayName: string;
  readonly notes: string | null;
  readonly tags: readonly string[];
  readonly group: string | null;
  readonly jobType: string | null;
  readonly host: string | null;
  readonly program: string | null;
  readonly repo: string | null;
  readonly commit: string | null;
  readonly createdAt: string;
  readonly config: string;
  readonly summary: string;
  /** A line that was never sent is undefined: a client that skipped it has lost it. */
  readonly history: readonly (string | undefined)[];
  readonly events: readonly (string | undefined)[];
  readonly console: readonly (string | undefined)[];
  /** How often a line of the history was replaced by another one. */
  readonly replacedLines: number;
  readonly files: ReadonlyMap<string, LeftFile>;
  /** Files that were asked for, but never uploaded. */
  readonly missingFiles: readonly string[];
  /** Files that the client said it uploaded. */
  readonly reported: readonly string[];
  readonly artifacts: readonly LeftArtifact[];
  readonly used: readonly { readonly name: string; readonly usedAs: string | null }[];
  readonly alerts: readonly Alert[];
}

export interface LeftFile {
  readonly size: number;
  /** Base64. */
  readonly md5: string;
  /** Hexadecimal. */
  readonly sha256: string;
  bytes(): Promise<Buffer>;
}

export interface LeftArtifact {
  readonly name: string;
  readonly type: string;
  readonly version: number | undefined;
  readonly state: string;
  readonly digest: string;
  readonly description: string | null;
  readonly metadata: string | null;
  readonly aliases: readonly string[];
  readonly tags: readonly string[];
  readonly entries: readonly LeftEntry[];
}

export interface LeftEntry {
  readonly path: string;
  readonly digest: string;
  readonly size: number;
  readonly ref: string | undefined;
  /** Undefined for a reference. */
  readonly file: LeftFile | undefined;
}

export function leftRun(state: WandbState, run: HeldRun): LeftRun {
  const files = [...run.files].map(([path, { key }]) => [path, state.objects.get(key)] as const);
  return {
    id: run.name,
    state: run.state,
    exitcode: run.exitcode,
    displayName: run.displayName,
    notes: run.notes,
    tags: run.tags,
    group: run.group,
    jobType: run.jobType,
    host: run.host,
    program: run.program,
    repo: run.repo,
    commit: run.commit,
    createdAt: isoTime(run.createdAt),
    config: run.config,
    summary: run.summary,
    history: [...run.lines.of("wandb-history.jsonl")],
    events: [...run.lines.of("wandb-events.jsonl")],
    console: [...run.lines.of("output.log")],
    replacedLines: run.lines.replaced.get("wandb-history.jsonl") ?? 0,
    files: new Map(files.flatMap(([path, blob]) => (blob ? [[path, blob]] : []))),
    missingFiles: files.flatMap(([path, blob]) => (blob ? [] : [path])),
    reported: [...run.reported],
    artifacts: [...run.outputs].map((artifact) => leftArtifact(state, artifact)),
    used: [...run.inputs].map(([{ collection, version }, usedAs]) => ({
      name: `${collection.name}:v${version}`,
      usedAs,
    })),
    alerts: [...run.alerts],
  };
}

function leftArtifact(state: WandbState, artifact: HeldArtifact): LeftArtifact {
  const { collection } = artifact;
  return {
    name: collection.name,
    type: collection.type,
    version: artifact.version,
    state: artifact.state,
    digest: artifact.digest,
    description: artifact.description,
    metadata: artifact.metadata,
    aliases: [...collection.aliases].flatMap(([alias, held]) => (held === artifact ? [alias] : [])).sort(),
    tags: artifact.tags,
    entries: artifact.entries.map(({ path, digest, size, ref, key }) => ({
      path,
      digest,
      size,
      ref,
      file: ref === undefined ? state.objects.get(key) : undefined,
    })),
  };
}
