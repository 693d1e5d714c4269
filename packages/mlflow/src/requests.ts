import type { FileRef, RunToSend, RunView } from "@runferry/core";
import { most, pointBytes } from "./log-batches.ts";
import { mediaFile } from "./media-files.ts";
import { startTags } from "./start-tags.ts";
import { longestParam, longestTag } from "./texts.ts";

/** Several requests, so that several can be under way; in memory a batch takes many times its bytes. */
export const batchLimits: { readonly events: number; readonly bytes: number } = {
  events: 10_000,
  bytes: 1024 * 1024,
};

/**
 * How many requests a run takes that the server does not have, where its experiment is known: what `write` asks for, counted
 * from the run as it is kept. Runs that went on after an end, and long ones of several batches, take a few more.
 */
export function requests({ view, kept, events, streams }: RunToSend): number {
  const find = kept.started?.parent === undefined ? 2 : 3; // it is looked for and created; so is its parent
  const batches = Math.ceil(events / batchLimits.events) + (streams - 1);
  return find + texts(view, kept) + facts(kept) + (batches - 1) + records(kept) + end(kept) + files(view, kept);
}

/** Requests of `runs/log-batch`, filled in their order: params, tags, points. */
function facts(kept: RunView): number {
  let numbers = 0;
  let nans = 0;
  let bytes = 0;
  for (const [name, { series }] of kept.metrics) {
    bytes += series.length * pointBytes(name);
    for (const { value } of series.points()) {
      if (Number.isNaN(value)) nans++;
      else numbers++;
    }
  }
  const definitions = [...kept.metrics.values()].filter(({ definition }) => definition).length;
  const tags = kept.tags.size + definitions + 1; // and how far we are
  const full = overflow(kept.params.size, most.params) + overflow(tags, most.tags);
  const room = most.all - Math.min(most.all, lastOf(kept.params.size, most.params) + lastOf(tags, most.tags));
  const bytesOfOne = bytes / Math.max(1, numbers + nans);
  const perRequest = Math.max(1, Math.min(most.metrics, Math.floor(most.bytes / Math.max(1, bytesOfOne))));
  return 1 + full + Math.ceil(Math.max(0, numbers - room) / perRequest) + Math.ceil(nans / perRequest);
}

/** Requests that are full before the last one. */
function overflow(count: number, limit: number): number {
  return Math.max(0, Math.ceil(count / limit) - 1);
}

function lastOf(count: number, limit: number): number {
  return count - limit * overflow(count, limit);
}

/** Texts that are files there: those that are too long for their field, and media. */
function texts(view: RunView, kept: RunView): number {
  const started = kept.started ? [...startTags(kept.started).values()] : [];
  const tags = [...kept.tags.values(), ...started].filter((value) => value.length > longestTag);
  const params = [...kept.params.values()].filter((value) => typeof value === "string" && value.length > longestParam);
  const media = view.media.map(mediaFile);
  const made = media.filter((file) => file?.content !== undefined);
  const hasTables = media.some((file) => file?.media.type === "table");
  return tags.length + params.length + made.length + (hasTables ? 1 : 0);
}

function records({ datasets, models, registered }: RunView): number {
  const versions = registered.map(({ stage, aliases = [] }) => 3 + (stage === undefined ? 0 : 1) + aliases.length);
  return datasets.length + 5 * models.length + versions.reduce((sum, count) => sum + count, 0);
}

function end({ ended }: RunView): number {
  if (!ended) return 0;
  return ended.exitCode === undefined && ended.error === undefined ? 2 : 3;
}

/** Each is sent, and looked for. */
function files(view: RunView, kept: RunView): number {
  const sent: FileRef[] = [...kept.artifacts.values()].map(({ file }) => file);
  // A version that was replaced is sent before the one that holds.
  for (const { file, reference } of view.replaced) if (reference === undefined) sent.push(file);
  const media = view.media.flatMap((event) => mediaFile(event) ?? []).filter(({ content }) => content === undefined);
  const copies = media.filter(({ copy }) => copy !== undefined);
  return 2 * (sent.length + media.length + copies.length);
}
