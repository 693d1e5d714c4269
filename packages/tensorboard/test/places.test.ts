import {
  fold,
  forward,
  maxMemoBytes,
  memoryDeliveries,
  memoryJournal,
  missingFrom,
  stringifyJson,
} from "@runferry/core";
import { expect, test } from "vitest";
import { folderName } from "../src/folder-name.ts";
import { keeps, tensorboard, tensorboardSource } from "../src/index.ts";
import { meaningOfMediaTag, meaningOfTag, tagOfMedia, tagOfMetric } from "../src/tags.ts";
import { plainRun, runId, startedAt } from "./hostile-run.ts";
import { collect, filesIn, temporaryFolder } from "./subject.ts";

const names = [
  "",
  "_",
  "_x_",
  "_x",
  "_x5f_x",
  "x/image",
  "x_x2f_image",
  "config",
  "_x63_onfig",
  "alerts/warn",
  "_hparams_/session_start_info",
  "a {b=c}",
  "a {b}",
  "a {b} c}",
  "{",
  "}",
  " {a=b}",
  "\ud800",
  "\udc00\ud800",
  "_x\ud800",
  "_x\ud800_",
  "\ue000",
  "\0",
  "__proto__",
  "日本 \ud83d\ude00",
  "x/text/text",
  "console/stdout/",
  "_xd800_",
  "a_x_b\ud800",
];
const contexts = [undefined, { a: "b" }, { "": "" }, { "a=b": "{}, /" }, { b: "1", a: "2" }, { _x_: "_x2c_" }];

test("every name and context has a tag of its own, and is found again in it", () => {
  const tags = new Set<string>();
  for (const name of names) {
    for (const context of contexts) {
      const metric = tagOfMetric(name, context);
      expect(metric.isWellFormed()).toBe(true);
      expect(meaningOfTag(metric)).toEqual({ name, context });
      expect(meaningOfMediaTag(tagOfMedia(name, context, "table"))).toEqual({ name, context, type: "table" });
      tags.add(metric).add(tagOfMedia(name, context, "image"));
    }
  }
  expect(tags.size).toBe(names.length * contexts.length * 2);
});

test("every name has a folder of its own", () => {
  const folders = names.map(folderName);
  expect(new Set(folders).size).toBe(names.length);
  for (const folder of folders) expect(folder).not.toMatch(/[/\\\0]|^\.\.?$|^$/);
});

test("what is remembered stays small, however often steps fall", async () => {
  const journal = memoryJournal(runId);
  const main = journal.writer();
  main.append(
    { kind: "run.started", format: 1, id: runId, name: "n", experiment: "e", createdAt: startedAt },
    startedAt,
  );
  for (let i = 1; i < 3000; i++) {
    const step = (i % 2 === 0 ? i - 5 : i) + (i % 3 === 0 ? 2 ** 33 : 0);
    main.append({ kind: "metrics.logged", step, values: { loss: i } }, startedAt + i);
  }
  main.append({ kind: "run.ended", status: "finished" }, startedAt + 3000);
  const logdir = temporaryFolder();
  const { state, delivery } = await forward({
    journal,
    backend: tensorboard({ logdir }),
    deliveries: memoryDeliveries(),
  });
  expect(state).toBe("delivered");
  expect(stringifyJson(delivery.streams.main!.cursor.memo).length).toBeLessThan(maxMemoBytes);
  const [run] = await collect(tensorboardSource(logdir).runs());
  expect([...missingFrom(await fold(run!), keeps(await fold(journal)))]).toEqual([]);
});

test("an end that was seen from outside is read back as the end", async () => {
  const journal = memoryJournal(runId);
  const main = journal.writer();
  main.append(
    { kind: "run.started", format: 1, id: runId, name: "n", experiment: "e", createdAt: startedAt },
    startedAt,
  );
  main.append({ kind: "metrics.logged", step: 1, values: { loss: 1 } }, startedAt + 1);
  journal.writer("observer").append({ kind: "run.ended", status: "killed", after: 2 }, startedAt + 9);
  const logdir = temporaryFolder();
  await forward({ journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
  const [run] = await collect(tensorboardSource(logdir).runs());
  const view = await fold(run!);
  expect(view).toMatchObject({ status: "killed", ended: { at: startedAt + 9 } });
  expect([...missingFrom(view, keeps(await fold(journal)))]).toEqual([]);
});

test("a run of which nothing but its first facts is known is read back", async () => {
  const whole = plainRun();
  const [stream] = await collect(whole.streams());
  const events = (await collect(stream!.read())).flat();
  for (let count = 1; count <= events.length; count++) {
    const journal = memoryJournal(runId);
    const main = journal.writer();
    for (const { seq: _seq, at, ...event } of events.slice(0, count))
      main.append(event as Parameters<typeof main.append>[0], at);
    const logdir = temporaryFolder();
    await forward({ journal, backend: tensorboard({ logdir }), deliveries: memoryDeliveries() });
    const [run] = await collect(tensorboardSource(logdir).runs());
    const [actual, expected] = [await fold(run!), keeps(await fold(journal))];
    expect([...missingFrom(actual, expected), ...missingFrom(expected, actual)], `${count} events`).toEqual([]);
    expect(filesIn(logdir).size).toBe(1);
  }
});
