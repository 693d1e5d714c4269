import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { fold, forward, getOrCreate, memoryDeliveries, type RunView } from "@runferry/core";
import { hostileRuns, plainRun } from "@runferry/testkit";
import { beforeAll, describe, expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { runProgram } from "../../../tools/run-program.ts";
import { findRuns } from "../src/find-runs.ts";
import { startTag } from "../src/hparams.ts";
import { tensorboard } from "../src/index.ts";
import { hparamsCodec } from "../src/schema.ts";
import { numbersOf } from "../src/tensor.ts";
import { type Loader, startTensorBoard, type TensorBoardServer, until } from "./server.ts";
import { numberInJson, type ShownRuns, seriesOf, shownSeries } from "./shown-series.ts";
import { temporaryFolder } from "./subject.ts";

let logdir = "";
const views = new Map<string, RunView>();

beforeAll(async () => {
  logdir = temporaryFolder();
  const backend = tensorboard({ logdir });
  for (const { name, journal } of [await plainRun({ files: false }), ...(await hostileRuns(1, { names: 500 }))]) {
    const { state } = await forward({ journal, backend, deliveries: memoryDeliveries() });
    expect(state, name).toBe("delivered");
    views.set(journal.run, await fold(journal, { mask: true }));
  }
});

const query = (words: { readonly [name: string]: string }) => new URLSearchParams(words).toString();

async function expectAnswer(ask: () => Promise<unknown>, expected: unknown, what: string): Promise<void> {
  const answer = await until(ask, (found) => isDeepStrictEqual(found, expected)).catch((cause: unknown) =>
    String(cause),
  );
  expect(answer, what).toEqual(expected);
}

/** All runs of a tag in one answer, hundreds of tags at a time. */
async function checkScalars(server: TensorBoardServer, shown: ShownRuns): Promise<number> {
  const byTag = new Map<string, Record<string, unknown>>();
  const all = seriesOf(shown, "scalars");
  for (const { run, tag, points } of all) {
    getOrCreate(byTag, tag, (): Record<string, unknown> => ({}))[run] = points.map(
      ([wallTime, step, { simpleValue }]) => ({
        wallTime,
        step,
        value: numberInJson(simpleValue!),
      }),
    );
  }
  const tags = [...byTag.keys()];
  for (let at = 0; at < tags.length; at += 200) {
    const some = tags.slice(at, at + 200);
    const requests = JSON.stringify(some.map((tag) => ({ plugin: "scalars", tag })));
    const ask = async () => {
      const answers = await server.form("plugin/timeseries/timeSeries", { requests });
      return (answers as { tag: string; runToSeries?: object }[]).map(({ tag, runToSeries = {} }) => [
        tag,
        Object.fromEntries(Object.entries(runToSeries).filter(([, series]) => (series as []).length > 0)),
      ]);
    };
    await expectAnswer(
      ask,
      some.map((tag) => [tag, byTag.get(tag)]),
      `scalars from ${some[0]}`,
    );
  }
  return all.length;
}

async function checkHistograms(server: TensorBoardServer, shown: ShownRuns): Promise<number> {
  const all = seriesOf(shown, "histograms");
  for (const { run, tag, points } of all) {
    const expected = points.map(([wall, step, { tensor }]) => {
      const numbers = numbersOf(tensor!)!;
      return [wall, step, Array.from({ length: numbers.length / 3 }, (_, i) => numbers.slice(i * 3, i * 3 + 3))];
    });
    await expectAnswer(
      () => server.get(`plugin/histograms/histograms?${query({ run, tag })}`),
      expected,
      `${run} ${tag}`,
    );
  }
  return all.length;
}

const kinds = {
  images: { list: "plugin/images/images", one: "plugin/images/individualImage", at: 2 },
  audio: { list: "plugin/audio/audio", one: "plugin/audio/individualAudio", at: 0 },
} as const;

async function checkBlobs(server: TensorBoardServer, shown: ShownRuns, plugin: keyof typeof kinds): Promise<number> {
  const { list, one, at } = kinds[plugin];
  const all = seriesOf(shown, plugin);
  for (const { run, tag, points } of all) {
    const ask = async () => {
      const items = (await server.get(`${list}?${query({ run, tag, sample: "0" })}`)) as BlobItem[];
      return Promise.all(
        items.map(async ({ wall_time: wall, step, query: of }) => [
          wall,
          step,
          Buffer.from(await server.bytes(`${one}?${of}`)).toString("hex"),
        ]),
      );
    };
    // Of one step TensorBoard's Python reader shows the first, and its fast one keeps the last.
    const byStep = points.filter(([, step], i) => points.findIndex((other) => other[1] === step) === i);
    byStep.sort((a, b) => a[1] - b[1]);
    const expected = byStep.map(([wall, step, { tensor }]) => [
      wall,
      step,
      Buffer.from(tensor!.stringVal![at]!).toString("hex"),
    ]);
    await expectAnswer(ask, expected, `${run} ${tag}`);
  }
  return all.length;
}

interface BlobItem {
  readonly wall_time: number;
  readonly step: number;
  readonly query: string;
}

/** Letters and digits only, since TensorBoard makes HTML of texts and cleans it. */
const words = (text: string) => text.match(/[\p{L}\p{N}]+/gu) ?? [];
const plain = (html: string) => html.replace(/&(?:[a-z]+|#\w+);|<\/?(?:table|tbody|tr|td)>/g, " ");

async function checkTexts(server: TensorBoardServer, shown: ShownRuns): Promise<number> {
  const all = seriesOf(shown, "text");
  const decoder = new TextDecoder();
  for (const { run, tag, points } of all) {
    const ask = async () => {
      const items = (await server.get(`plugin/text/text?${query({ run, tag, markdown: "false" })}`)) as TextItem[];
      return items.map(({ wall_time: wall, step, text }) => [wall, step, words(plain(text))]);
    };
    const expected = points.map(([wall, step, { tensor }]) => {
      const cells = tensor!.stringVal!.map((bytes) => decoder.decode(bytes));
      return [wall, step, words(cells.join(" "))];
    });
    await expectAnswer(ask, expected, `${run} ${tag}`);
  }
  return all.length;
}

interface TextItem {
  readonly wall_time: number;
  readonly step: number;
  readonly text: string;
}

const statuses = {
  finished: "STATUS_SUCCESS",
  failed: "STATUS_FAILURE",
  killed: "STATUS_FAILURE",
  running: "STATUS_UNKNOWN",
};

/** Columns are those of the file; the status is that of the journal. */
async function checkSessions(server: TensorBoardServer, shown: ShownRuns): Promise<number> {
  const expected: [string, unknown, string][] = [];
  for await (const { id, folder } of findRuns(logdir)) {
    const series = shown.get(folder)?.get(startTag);
    if (!series) continue;
    const info = hparamsCodec.decode(series.points[0]?.[2].metadata?.pluginData?.content ?? new Uint8Array());
    const hparams = Object.entries(info.sessionStartInfo?.hparams ?? {}).map(
      ([name, { numberValue, stringValue, boolValue }]) => [name, numberValue ?? stringValue ?? boolValue],
    );
    const resumed = views.get(id!)!.status === "running" && shown.get(folder)!.has("_hparams_/session_end_info");
    const status = resumed ? "STATUS_RUNNING" : statuses[views.get(id!)!.status];
    expected.push([folder, Object.fromEntries(hparams), status]);
  }
  const allowedStatuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"];
  const body = { experimentName: "", allowedStatuses, colParams: [], startIndex: 0, sliceSize: 1000 };
  const ask = async () => {
    const answer = (await server.post("plugin/hparams/session_groups", body)) as {
      sessionGroups: { hparams: object; sessions: { name: string; status: string }[] }[];
    };
    return answer.sessionGroups
      .map(({ hparams, sessions: [session] }) => [session!.name, hparams, session!.status])
      .sort(byName);
  };
  await expectAnswer(ask, expected.sort(byName), "sessions");
  return expected.length;
}

const byName = (a: readonly unknown[], b: readonly unknown[]) => (String(a[0]) < String(b[0]) ? -1 : 1);

describe.each<Loader>(["python", "rustboard"])("TensorBoard with its loader %s", (loader) => {
  test("shows every plugin's data of the plain and every hostile run", async (context) => {
    const { python } = needPeer(context, "tensorboard");
    const shown = await shownSeries(logdir, loader);
    const server = await startTensorBoard(python, logdir, loader);
    try {
      const counts = {
        scalars: await checkScalars(server, shown),
        histograms: await checkHistograms(server, shown),
        images: await checkBlobs(server, shown, "images"),
        audio: await checkBlobs(server, shown, "audio"),
        texts: await checkTexts(server, shown),
        sessions: await checkSessions(server, shown),
      };
      console.log(`${loader}: series compared over HTTP: ${JSON.stringify(counts)}`);
      for (const [what, count] of Object.entries(counts)) expect(count, what).toBeGreaterThan(0);
    } finally {
      await server.stop();
    }
  });
});

test("EventAccumulator reads everything of the plain and every hostile run", async (context) => {
  const { python } = needPeer(context, "tensorboard");
  const script = join(import.meta.dirname, "foreign.py");
  const ended = await runProgram(python, ["-W", "ignore", script, "read-all", logdir], { quiet: true });
  expect(ended.ok, ended.output).toBe(true);
  const read = JSON.parse(ended.output.trim().split("\n").at(-1)!) as {
    [run: string]: { scalars: { [tag: string]: unknown }; tensors: { [tag: string]: unknown } };
  };
  let count = 0;
  for (const [run, tags] of await shownSeries(logdir, "accumulator")) {
    for (const [tag, { plugin, points }] of tags) {
      const isScalar = plugin === "scalars";
      const expected = points.map(([wall, step, value]) => [
        wall,
        step,
        isScalar ? numberInJson(value.simpleValue!) : valuesOf(value),
      ]);
      const found = read[run]?.[isScalar ? "scalars" : "tensors"] ?? {};
      expect(Object.hasOwn(found, tag) ? found[tag] : [], `${run} ${tag}`).toEqual(expected);
      count++;
    }
  }
  console.log(`EventAccumulator: ${count} series compared`);
  expect(count).toBeGreaterThan(500);
});

function valuesOf({ tensor }: { readonly tensor?: Parameters<typeof numbersOf>[0] | undefined }): unknown {
  if (tensor?.dtype === 7) return tensor.stringVal!.map((bytes) => Buffer.from(bytes).toString("base64"));
  return [...(tensor ? (numbersOf(tensor) ?? []) : [])];
}
