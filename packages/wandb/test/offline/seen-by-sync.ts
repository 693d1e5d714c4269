import {
  canonicalJson,
  type Dated,
  type FileRef,
  fold,
  isJsonObject,
  type Journal,
  type Json,
  type JsonObject,
  type RunEvent,
  type RunView,
  type Stream,
} from "@runferry/core";
import { type LeftRun, startWandbServer } from "@runferry/testkit/wandb-server";
import { wandbOfflineSource } from "../../src/index.ts";
import {
  artifactPathOf,
  mergeRun,
  parseExtendedConfig,
  readConsole,
  readDataset,
  readModel,
  readRow,
  readRun,
} from "../../src/mapping/index.ts";
import { wandbSync } from "./sync-cli.ts";

/** The runs of a folder as a server has them after `wandb sync`. */
export async function inspectSynced(python: string, dir: string): Promise<ReadonlyMap<string, RunView>> {
  const server = await startWandbServer();
  try {
    const synced = await wandbSync(python, server, dir);
    if (synced.code !== 0) throw new Error(`wandb sync ends with ${synced.code}: ${synced.output}`);
    if (server.failures().length > 0) throw new Error(server.failures().join("; "));
    const left: LeftRun[] = [];
    for (const path of server.runs()) {
      const [entity = "", project = "", id = ""] = path.split("/");
      left.push((await server.run(entity, project, id))!);
    }
    const views = new Map<string, RunView>();
    for await (const journal of wandbOfflineSource(dir).runs()) {
      const streams: Stream[] = [];
      for (const run of left.filter(({ id }) => id.startsWith(journal.run))) streams.push(await streamOf(run));
      views.set(journal.run, asSent(await fold(journal), await fold(journalOf(journal.run, streams))));
    }
    return views;
  } finally {
    await server.close();
  }
}

function journalOf(run: string, streams: readonly Stream[]): Journal {
  return {
    run,
    async *streams() {
      yield* streams;
    },
    // biome-ignore lint/correctness/useYield: only facts are looked at
    async *open() {
      throw new Error("the bytes are compared elsewhere");
    },
  };
}

async function streamOf(left: LeftRun): Promise<Stream> {
  if (left.missingFiles.length > 0) throw new Error(`never uploaded: ${left.missingFiles.join(", ")}`);
  const wrapped = parseExtendedConfig(left.config) as { readonly [key: string]: { readonly value: JsonObject } };
  const config = Object.fromEntries(Object.entries(wrapped).map(([key, { value }]) => [key, value]));
  const { id, displayName, tags } = left;
  const createdAt = Number(JSON.stringify(config.run?.createdAt ?? 0)); // which W&B's client spells anew
  const run = readRun({ id, project: "", displayName, createdAt, notes: left.notes ?? undefined, tags, config }, id);
  const facts = factsOf(left, run.started.createdAt);
  return {
    name: run.own!.stream,
    async *read({ after = 0 } = {}) {
      yield* mergeRun({ run, facts, rows: rowsOf(left, createdAt), console: consoleOf(left) }, after);
    },
  };
}

function factsOf(left: LeftRun, at: number): readonly Dated<RunEvent>[] {
  const facts: Dated<RunEvent>[] = [];
  for (const [path, { sha256, size }] of left.files) {
    const name = artifactPathOf(path);
    if (name !== undefined) facts.push({ kind: "artifact.logged", at, file: { path: name, sha256, bytes: size } });
  }
  const about = { uri: "wandb-artifact://", createdAt: at };
  for (const { artifact } of left.used) facts.push(readDataset({ ...artifact, ...about }, at));
  for (const artifact of left.artifacts) {
    const model = readModel({ ...artifact, ...about });
    if (model) facts.push(model);
  }
  return facts;
}

async function* rowsOf(left: LeftRun, startedAt: number): AsyncIterable<readonly Dated<RunEvent>[]> {
  const files = {
    text: async (path: string) => (await left.files.get(path)?.bytes())?.toString(),
    ref: async (path: string): Promise<FileRef | undefined> => {
      const file = left.files.get(path);
      return file && { path, sha256: file.sha256, bytes: file.size };
    },
  };
  for (const line of left.history) yield await readRow(line!, { isOwn: true, startedAt, lastAt: 0, files });
}

async function* consoleOf(left: LeftRun): AsyncIterable<readonly Dated<RunEvent>[]> {
  // Their times say nothing, and would move what comes after them.
  for (const line of left.console) yield [{ ...readConsole(line!, 0), at: Number.NEGATIVE_INFINITY }];
}

/**
 * What W&B's client itself changes on the way, of any run: the console gets the times of the sync, and numbers are spelled
 * anew (1.0 as 1, 0.90 as 0.9, -0 as 0 within lists, above 64 bits rounded), and an empty object in the config is left out. The rest has to be the same without this.
 */
function asSent(own: RunView, seen: RunView): RunView {
  const texts = ({ console }: RunView) => console.map(({ from, text }) => `${from} ${text}`).sort();
  const [sent, arrived] = [texts(own), texts(seen)];
  const lost = sent.filter((text, i) => text !== arrived[i]);
  if (lost.length > 0 || sent.length !== arrived.length) {
    throw new Error(
      `of ${sent.length} console lines ${arrived.length} arrived, and not ${JSON.stringify(lost.slice(0, 5))}`,
    );
  }
  const params = [...seen.params].map(([name, value]) => [name, sentValue(own.params.get(name), value)] as const);
  const empty = [...own.params].filter(([, value]) => isJsonObject(value) && Object.keys(value).length === 0);
  return {
    ...seen,
    console: own.console,
    params: new Map([...params, ...empty]),
    media: seen.media.map((one) => own.media.find((other) => isSameButSpelling(one, other)) ?? one),
    datasets: seen.datasets.map((one) => own.datasets.find((other) => isSameButSpelling(one, other)) ?? one),
    models: seen.models.map((one) => own.models.find((other) => isSameButSpelling(one, other)) ?? one),
  };
}

function sentValue(sent: Json | undefined, value: Json): Json {
  return sent !== undefined && isSameButSpelling(sent, value) ? sent : value;
}

function isSameButSpelling(a: unknown, b: unknown): boolean {
  const plain = (value: unknown) => canonicalJson(JSON.parse(JSON.stringify(value)) as Json);
  return plain(a) === plain(b);
}
