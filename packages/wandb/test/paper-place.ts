import {
  type Backend,
  type Dated,
  type FileRef,
  fileOf,
  type Journal,
  type JsonObject,
  mainStream,
  observerStream,
  type Recorded,
  type RunEvent,
  type Stream,
  type WriteContext,
} from "@runferry/core";
import { keeps } from "../src/keep-rules.ts";
import {
  artifactPathOf,
  consoleText,
  definitionList,
  filePath,
  type LaidArtifact,
  layBatch,
  mergeRun,
  noProgress,
  observedConfig,
  observedKey,
  type Progress,
  parseExtendedConfig,
  type ReadRun,
  type RunFields,
  readConsole,
  readDataset,
  readModel,
  readRow,
  readRun,
  rowText,
} from "../src/mapping/index.ts";

interface PaperRun {
  fields: RunFields | undefined;
  config: string;
  summary: string;
  /** An end seen from outside. */
  observed: JsonObject | undefined;
  definitions: readonly object[];
  readonly rows: string[];
  readonly console: string[];
  readonly files: Map<string, string | FileRef>;
  readonly artifacts: Map<string, LaidArtifact>;
}

/** What the mapping makes of a run, held in memory by offset and path, as W&B would hold it. */
export interface PaperPlace {
  readonly backend: Backend;
  readonly runs: ReadonlyMap<string, PaperRun>;
  journal(run: string): Journal;
}

export function paperPlace(project?: string): PaperPlace {
  const runs = new Map<string, PaperRun>();

  function put(batch: readonly Recorded[], { run, stream, before, cursor }: WriteContext): Progress {
    const progress = (cursor.memo as unknown as Progress | null) ?? noProgress;
    const laid = layBatch(batch, { run, stream, before, progress, project });
    const key = `${run}/${stream === observerStream ? mainStream : stream}`;
    const held: PaperRun = runs.get(key) ?? {
      fields: undefined,
      config: "{}",
      summary: "{}",
      observed: undefined,
      definitions: [],
      rows: [],
      console: [],
      files: new Map(),
      artifacts: new Map(),
    };
    runs.set(key, held);
    if (stream === observerStream) {
      for (const event of batch) if (event.kind === "run.ended") held.observed = observedConfig(event);
      return laid.progress;
    }
    laid.rows.forEach((row, i) => {
      held.rows[progress.rows + i] = rowText(row);
    });
    laid.console.forEach((line, i) => {
      held.console[progress.console + i] = consoleText(line);
    });
    held.fields = laid.run ?? held.fields;
    if (laid.config) held.config = `{${[...laid.config].map(([name, text]) => `${JSON.stringify(name)}:${text}`)}}`;
    if (laid.summary) held.summary = `{${[...laid.summary].map(([name, text]) => `${JSON.stringify(name)}:${text}`)}}`;
    if (laid.definitions) held.definitions = definitionList(laid.definitions);
    for (const { path, text } of laid.files) held.files.set(path, text);
    for (const artifact of laid.artifacts)
      held.artifacts.set(JSON.stringify([artifact.type, artifact.files]), artifact);
    for (const event of batch) {
      const file = fileOf(event);
      if (file && event.kind === "artifact.logged" && event.reference === undefined) {
        held.files.set(filePath(file.path), file);
      }
    }
    return laid.progress;
  }

  return {
    runs,
    backend: {
      kind: "paper",
      address: "paper",
      mapping: 1,
      filesLane: false,
      keeps,
      async write(batch, context) {
        const memo = put(batch, context);
        return {
          status: "accepted",
          cursor: { ...context.cursor, through: batch.at(-1)!.seq, memo: memo as unknown as JsonObject },
        };
      },
      close: async () => undefined,
    },
    journal: (run) => paperJournal(run, runs),
  };
}

function paperJournal(run: string, runs: ReadonlyMap<string, PaperRun>): Journal {
  return {
    run,
    async *streams() {
      for (const [key, held] of runs) if (key.startsWith(`${run}/`)) yield streamOf(held);
    },
    // biome-ignore lint/correctness/useYield: only facts are looked at
    async *open() {
      throw new Error("no bytes on paper");
    },
  };
}

function streamOf(held: PaperRun): Stream {
  const told = parseExtendedConfig(held.config) as JsonObject;
  const ended = held.observed === undefined ? {} : { [observedKey]: held.observed };
  const config = {
    ...told,
    run: { ...(told.run as JsonObject), ...ended },
    _wandb: { m: held.definitions },
  } as JsonObject;
  const { id, project, displayName, startedAt, notes, tags } = held.fields!;
  const read = readRun({ id, project, displayName, createdAt: startedAt, notes, tags, config }, id);
  const stream = read.own!.stream;
  return {
    name: stream,
    async *read({ after = 0 } = {}) {
      yield* mergeRun(
        { run: read, facts: factsOf(held, read), rows: rowsOf(held, read), console: consoleOf(held) },
        after,
      );
    },
  };
}

function factsOf(held: PaperRun, { started }: ReadRun): readonly Dated<RunEvent>[] {
  const at = started.createdAt;
  const files = [...held.files].flatMap(([path, file]): Dated<RunEvent>[] => {
    const name = artifactPathOf(path);
    return name === undefined || typeof file === "string"
      ? []
      : [{ kind: "artifact.logged", at, file: { ...file, path: name } }];
  });
  const artifacts = [...held.artifacts.values()].flatMap(({ role, type, name, metadata }) => {
    const artifact = { type, name, metadata, uri: "wandb-artifact://", createdAt: at };
    const event = role === "input" ? readDataset(artifact, at) : readModel(artifact);
    return event ? [event] : [];
  });
  return [...files, ...artifacts];
}

async function* rowsOf(held: PaperRun, { started }: ReadRun): AsyncIterable<readonly Dated<RunEvent>[]> {
  const text = async (path: string) => held.files.get(path) as string | undefined;
  const files = { text, ref: async () => undefined };
  for (const line of held.rows) {
    yield await readRow(line, { isOwn: true, startedAt: started.createdAt, lastAt: 0, files });
  }
}

async function* consoleOf(held: PaperRun): AsyncIterable<readonly Dated<RunEvent>[]> {
  for (const line of held.console) yield [readConsole(line, 0)];
}
