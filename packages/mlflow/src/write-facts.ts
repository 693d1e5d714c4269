import {
  addDifferences,
  createEventKeeper,
  createTally,
  type Difference,
  mainStream,
  type Recorded,
  type WriteContext,
} from "@runferry/core";
import type { KeyValue, Metric, MlflowClient } from "./client/index.ts";
import { datasetInput, keptDataset, sameDataset } from "./datasets.ts";
import { definitionText } from "./definitions.ts";
import { keepRules, usedAgain } from "./keep-rules.ts";
import { createLifecycle } from "./lifecycle.ts";
import { logAll, spotOf, wireNumber } from "./log-batches.ts";
import { mediaFile } from "./media-files.ts";
import { definitionTag } from "./names.ts";
import { firstStays, paramChanges } from "./param-changes.ts";
import { putText } from "./put-text.ts";
import { type RemoteRun, settleParent } from "./remote-run.ts";
import { mapOf } from "./start-tags.ts";
import { listTag, withoutTables, withTables } from "./table-list.ts";
import { type LongText, longestTag, longText } from "./texts.ts";
import { writeModel, writeRegistered } from "./write-models.ts";

/** Makes the facts of a batch hold there. All of it may be done again. */
export async function writeFacts(
  client: MlflowClient,
  run: RemoteRun,
  batch: readonly Recorded[],
  { before, stream, signal }: WriteContext,
): Promise<readonly Difference[]> {
  const keeper = createEventKeeper(keepRules, before);
  const tally = createTally();
  const kept = batch.flatMap((event) => keeper.keep(event));
  const through = batch.at(-1)!.seq;
  const metrics = new Map<string, Metric>();
  const tags = new Map<string, string | null>();
  const texts = new Map<string, string>();
  const show = (long: LongText | undefined, value: string): string => {
    if (long) texts.set(long.path, long.text);
    return long?.shown ?? value;
  };
  for (const event of kept) {
    if (event.kind === "metrics.logged") {
      for (const [key, number] of Object.entries(event.values)) {
        const metric = { key, value: wireNumber(number), timestamp: event.at, step: event.step ?? 0 };
        metrics.set(spotOf(metric), metric);
      }
    } else if (event.kind === "metric.defined") {
      tags.set(definitionTag(event.name), definitionText(event));
    } else if (event.kind === "tags.set") {
      for (const [key, value] of Object.entries(event.values)) {
        tags.set(key, value === null ? null : show(longText(value, longestTag), value));
      }
    }
  }
  const tables: string[] = [];
  for (const event of batch) {
    const file = event.kind === "media.logged" ? mediaFile(event) : undefined;
    if (file?.content !== undefined) texts.set(file.path, file.content);
    if (file?.media.type === "table") tables.push(file.path);
    if (file?.copy !== undefined) tags.set("mlflow.loggedImages", "True");
  }
  // Of further streams tables are there and not listed: two of them would write one list at a time.
  if (stream === mainStream && (tables.length > 0 || tags.has(listTag))) {
    const had = mapOf((await client.tracking.getRun(run.id, { signal })).data?.tags).get(listTag);
    tags.set(listTag, withTables(tags.has(listTag) ? tags.get(listTag)! : (withoutTables(had) ?? null), had, tables));
  }
  const params: KeyValue[] = [];
  if (batch.some(({ kind }) => kind === "params.set")) {
    run.seen.params ??= mapOf((await client.tracking.getRun(run.id, { signal })).data?.params);
    const changes = paramChanges(batch, before, run.seen.params);
    const mayHaveTags = before.params.size > 0 || changes.changed.length > 0 || run.seen.params.size > 0;
    for (const [key, value] of changes.params) params.push({ key, value });
    for (const [key, value] of changes.tags) if (value !== null || mayHaveTags) tags.set(key, value);
    for (const { path, text } of changes.long) texts.set(path, text);
    for (const name of changes.changed) tally.add("converted", firstStays, name);
  }

  for (const [path, text] of texts) await putText(client, run.root, path, text, signal);
  const set = [...tags].flatMap(([key, value]) => (value === null ? [] : [{ key, value }]));
  if (stream === mainStream) set.push(...mainTags(kept, through));
  await logAll(client, run.id, { metrics: [...metrics.values()], params, tags: set }, signal);
  if (run.seen.params) run.seen.params = new Map([...run.seen.params, ...mapOf(params)]);
  await deleteTags(client, run, tags, signal);
  await writeRecords(client, run, kept, { stream, before, tally, signal });
  await settleParent(client, run, before.started, signal);
  await createLifecycle(client, run, signal).settle(kept, stream, through);
  return addDifferences(keeper.differences, tally.differences);
}

/** How far `main` is: an end seen from outside is weighed against it, whichever comes first. */
function mainTags(kept: readonly Recorded[], through: number): readonly KeyValue[] {
  const last = kept.findLast(({ kind }) => kind === "run.ended" || kind === "run.resumed");
  const ended = last ? [{ key: "runferry.main_ended", value: String(last.kind === "run.ended") }] : [];
  return [{ key: "runferry.main_seq", value: String(through) }, ...ended];
}

/** Only tags that are there: most of what is to go never was. */
async function deleteTags(
  client: MlflowClient,
  run: RemoteRun,
  tags: ReadonlyMap<string, string | null>,
  signal: AbortSignal,
): Promise<void> {
  const going = [...tags].filter(([, value]) => value === null);
  if (going.length === 0) return;
  const there = mapOf((await client.tracking.getRun(run.id, { signal })).data?.tags);
  for (const [key] of going) if (there.has(key)) await client.tracking.deleteTag(run.id, key, { signal });
}

async function writeRecords(
  client: MlflowClient,
  run: RemoteRun,
  kept: readonly Recorded[],
  {
    stream,
    before,
    tally,
    signal,
  }: Pick<WriteContext, "stream" | "before" | "signal"> & { readonly tally: ReturnType<typeof createTally> },
): Promise<void> {
  const used = before.datasets.map(({ value, at }) => keptDataset({ ...value, at }));
  for (const event of kept) {
    const name = `${stream}/${event.seq}`;
    if (event.kind === "dataset.used") {
      if (used.some((one) => sameDataset(one, event))) tally.add("left out", usedAgain, event.name);
      else await client.tracking.logInputs(run.id, [datasetInput(event)], { signal });
      used.push(event);
    } else if (event.kind === "model.logged") {
      await writeModel(client, run, event, name, signal);
    } else if (event.kind === "model.registered") {
      await writeRegistered(client, run, event, name, signal);
    }
  }
}
