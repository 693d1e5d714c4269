import { dirname, relative } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { forward, type MemoryJournal, memoryDeliveries } from "@runferry/core";
import { describe, expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { type EventMessage, readEventFile, tensorboard } from "../src/index.ts";
import { hostileRun, plainRun, png, silence } from "./hostile-run.ts";
import { type Loader, startTensorBoard, type TensorBoardServer, until } from "./server.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

async function written(journal: MemoryJournal): Promise<string> {
  const logdir = temporaryFolder();
  const result = await forward({ journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  expect(result.state).toBe("delivered");
  return logdir;
}

type Series = readonly (readonly [wall: number, step: number, value: unknown])[];
type Tags = { readonly [run: string]: { readonly [tag: string]: unknown } };

const text = (value: number) => (Number.isFinite(value) ? value : String(value));

/** What each folder holds by its files, in their order: what a reader without samples or purges would show. */
async function scalarsIn(
  logdir: string,
  loader: Loader,
): Promise<Map<string, Map<string, [number, number, unknown][]>>> {
  const runs = new Map<string, Map<string, [number, number, unknown][]>>();
  for (const [path, bytes] of filesIn(logdir)) {
    const run = dirname(relative(".", path));
    const tags = runs.get(run) ?? new Map<string, [number, number, unknown][]>();
    runs.set(run, tags);
    for await (const found of readEventFile([Buffer.from(bytes, "latin1")])) {
      const { event } = found as { event: EventMessage };
      const step = event.step ?? 0;
      // The one believes a session that starts over, the other a step that is not higher than the last.
      if (event.sessionLog && loader === "python")
        for (const [tag, points] of tags)
          tags.set(
            tag,
            points.filter((point) => point[1] < step),
          );
      for (const { tag = "", simpleValue } of event.summary?.value ?? []) {
        if (simpleValue === undefined) continue;
        const before = tags.get(tag) ?? [];
        const points = loader === "python" ? before : before.filter((point) => point[1] < step);
        tags.set(tag, points);
        points.push([event.wallTime, step, text(simpleValue)]);
      }
    }
  }
  for (const tags of runs.values()) for (const [tag, points] of tags) if (points.length === 0) tags.delete(tag);
  return runs;
}

async function checkScalars(server: TensorBoardServer, logdir: string, loader: Loader): Promise<void> {
  const expected = await scalarsIn(logdir, loader);
  const wanted = [...expected].filter(([, tags]) => tags.size > 0);
  const count = wanted.reduce((sum, [, tags]) => sum + tags.size, 0);
  const size = (tags: Tags) => Object.values(tags).reduce((sum, of) => sum + Object.keys(of).length, 0);
  const tags = await until(
    async () => (await server.get("plugin/scalars/tags")) as Tags,
    (answer) => size(answer) >= count,
  );
  for (const [run, series] of wanted) {
    for (const [tag, points] of series) {
      expect(Object.keys(tags[run] ?? {}), `${run} (${loader})`).toContain(tag);
      const query = new URLSearchParams({ run, tag }).toString();
      const ask = async () => (await server.get(`plugin/scalars/scalars?${query}`)) as Series;
      const shown = await until(ask, (answer) => answer.length === points.length && isDeepStrictEqual(answer, points));
      expect(shown, `${run} ${tag} (${loader})`).toEqual(points);
    }
  }
}

const allStatuses = ["STATUS_UNKNOWN", "STATUS_SUCCESS", "STATUS_FAILURE", "STATUS_RUNNING"];

async function sessions(server: TensorBoardServer) {
  const body = { experimentName: "", allowedStatuses: allStatuses, colParams: [], startIndex: 0, sliceSize: 100 };
  const answer = (await server.post("plugin/hparams/session_groups", body)) as {
    readonly sessionGroups: readonly {
      readonly hparams: { readonly [name: string]: unknown };
      readonly sessions: readonly { readonly name: string; readonly status: string; readonly startTimeSecs: number }[];
    }[];
  };
  return answer.sessionGroups;
}

describe.each<Loader>(["python", "rustboard"])("TensorBoard with its loader %s", (loader) => {
  test("shows everything of a plain run", async (context) => {
    const { python } = needPeer(context, "tensorboard");
    const logdir = await written(plainRun());
    const server = await startTensorBoard(python, logdir, loader);
    try {
      await checkScalars(server, logdir, loader);
      const [group] = await until(
        () => sessions(server),
        (groups) => groups.length > 0,
      );
      expect(group?.hparams).toEqual({ lr: 0.1, "model.depth": 3, "model.name": "cnn", layers: "[1,2]", flag: true });
      expect(group?.sessions[0]).toMatchObject({ name: "mnist/run_001", status: "STATUS_SUCCESS" });
      const texts = (await server.get("plugin/text/text?run=mnist%2Frun_001&tag=config")) as readonly {
        text: string;
      }[];
      expect(texts.at(-1)?.text).toContain("<em>plain</em>");
      expect(texts.at(-1)?.text).toContain("owner");
    } finally {
      await server.stop();
    }
  });

  test("shows everything of a hostile run, of every plugin", async (context) => {
    const { python } = needPeer(context, "tensorboard");
    const logdir = await written(await hostileRun({ name: "evil", experiment: "e" }));
    const server = await startTensorBoard(python, logdir, loader);
    const run = "e/evil";
    const ask = (path: string, query: { readonly [name: string]: string }) =>
      until(
        () => server.get(`${path}?${new URLSearchParams({ run, ...query }).toString()}`),
        (answer) => (answer as readonly unknown[]).length > 0,
      );
    try {
      await checkScalars(server, logdir, loader);
      const [group] = await until(
        () => sessions(server),
        (groups) => groups.length > 0,
      );
      expect(group?.sessions[0]?.status).toBe("STATUS_FAILURE");
      const images = (await ask("plugin/images/images", { tag: "samples/image", sample: "0" })) as readonly {
        query: string;
        step: number;
      }[];
      expect(images.map(({ step }) => step)).toEqual([1]);
      expect(Buffer.compare(await server.bytes(`plugin/images/individualImage?${images[0]!.query}`), png)).toBe(0);
      const figures = (await ask("plugin/images/images", { tag: "samples/figure", sample: "0" })) as readonly unknown[];
      expect(figures).toHaveLength(1);
      const sounds = (await ask("plugin/audio/audio", { tag: "samples/audio", sample: "0" })) as readonly {
        query: string;
        contentType: string;
      }[];
      expect(sounds[0]?.contentType).toBe("audio/wav");
      expect(Buffer.compare(await server.bytes(`plugin/audio/individualAudio?${sounds[0]!.query}`), silence())).toBe(0);
      const histograms = (await ask("plugin/histograms/histograms", { tag: "h/histogram" })) as readonly [
        number,
        number,
        unknown[],
      ][];
      expect(histograms[0]?.[2]).toEqual([
        [0, 1, 3],
        [1, 4, -0],
      ]);
      const table = (await ask("plugin/text/text", { tag: "t {k=v}/table" })) as readonly { text: string }[];
      expect(table[0]?.text).toContain("<table>");
      const console = (await ask("plugin/text/text", { tag: "console/stdout" })) as readonly { text: string }[];
      expect(console[0]?.text).toContain("```text\nline");
      const alerts = (await ask("plugin/text/text", { tag: "alerts/warn" })) as readonly { text: string }[];
      expect(alerts[0]?.text).toContain("<strong>x</strong>");
    } finally {
      await server.stop();
    }
  });
});
