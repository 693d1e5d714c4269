import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { createFold, type Fold, type Media, type RunEvent, type RunView, toMicros } from "@runferry/core";
import { type ConfigReader, createConfigReader } from "../src/config-events.ts";
import { readConfig } from "../src/config-text.ts";
import { readDescription } from "../src/description.ts";
import { findRuns, streamsOf } from "../src/find-runs.ts";
import { histogramOfRows } from "../src/histogram.ts";
import { readText, unnamedPath } from "../src/media-value.ts";
import { readOwnText } from "../src/own-texts.ts";
import { readTable } from "../src/table.ts";
import { configTag, meaningOfMediaTag, meaningOfTag } from "../src/tags.ts";

/** One value as TensorBoard's own reader gives it; bytes in base64, numbers that are none as text. */
interface Shown {
  readonly path: string;
  readonly wall: number;
  readonly step: number;
  readonly tag: string;
  readonly plugin: string;
  readonly description: string;
  readonly sides: readonly number[];
  readonly values: readonly (string | number)[];
}

/** Every run below a logdir as TensorBoard's Python reader sees it, by id: one process for all of them. */
export async function inspectLogdir(python: string, logdir: string): Promise<ReadonlyMap<string, RunView>> {
  const files = new Map<string, { readonly run: string; readonly stream: string; readonly generation: number }>();
  const folds = new Map<string, Fold>();
  for await (const found of findRuns(logdir)) {
    const { id } = found;
    if (id === undefined) continue;
    folds.set(id, createFold(id));
    for (const [stream, list] of streamsOf(logdir, found)) {
      for (const { path, generation } of list) files.set(relative(logdir, path), { run: id, stream, generation });
    }
  }
  const shown: Shown[] = [];
  for await (const one of readShown(python, logdir)) if (files.has(relative(logdir, one.path))) shown.push(one);
  const fileOf = (one: Shown) => files.get(relative(logdir, one.path))!;
  shown.sort((a, b) => fileOf(a).generation - fileOf(b).generation); // stable: the order within a file stays
  const readers = new Map<string, ConfigReader>();
  let seq = 0;
  for (const one of shown) {
    const { run, stream } = fileOf(one);
    const key = join(run, stream);
    if (!readers.has(key)) readers.set(key, createConfigReader(run));
    for (const event of factsOf(one, readers.get(key)!)) {
      const at = "at" in event ? (event.at as number) : toMicros(one.wall * 1000);
      folds.get(run)!.add(stream, { ...event, seq: ++seq, at });
    }
  }
  return new Map([...folds].map(([id, folding]) => [id, folding.view()]));
}

async function* readShown(python: string, logdir: string): AsyncIterable<Shown> {
  const words = ["-W", "ignore", join(import.meta.dirname, "seen-by-tensorboard.py"), logdir];
  const child = spawn(python, words, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stderr.on("data", (piece: Buffer) => {
    said += String(piece);
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  for await (const line of createInterface({ input: child.stdout })) yield JSON.parse(line) as Shown;
  if ((await ended) !== 0) throw new Error(`seen-by-tensorboard.py failed:\n${said}`);
}

/** What a value says to somebody who knows the tags of this package, and its bytes only from TensorBoard. */
function* factsOf(one: Shown, config: ConfigReader): IterableIterator<RunEvent> {
  const described = readDescription(one.description);
  const step = described.counted ? {} : { step: one.step };
  if (one.plugin === "scalars") {
    const { name, context } = meaningOfTag(one.tag);
    const values = Object.fromEntries([[name, Number(numberText(one.values[0]!))]]);
    yield { kind: "metrics.logged", ...step, ...(context ? { context } : {}), values };
    return;
  }
  // A short form of what the config text says, and a picture of a file.
  if (one.plugin === "hparams" || one.plugin === "graph_keras_model") return;
  const bytes = () => one.values.map((text) => Buffer.from(text as string, "base64"));
  const texts = () => bytes().map((piece) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(piece));
  if (one.plugin === "text") {
    if (one.tag === configTag) {
      const told = readConfig(texts()[0]!)!;
      // Here nothing is purged, so a run that starts over only goes on.
      if (told.resumed?.fromStep !== undefined) yield { kind: "run.resumed" };
      yield* config.read(told);
      return;
    }
    const own = readOwnText(one.tag, one.sides.length, texts(), texts()[0]!);
    if (own) {
      yield own;
      return;
    }
  }
  const { name, context, type } = meaningOfMediaTag(one.tag);
  const placed = { kind: "media.logged", name, ...step, ...(context ? { context } : {}) } as const;
  if (one.plugin === "histograms") {
    const media: Media = { type: "histogram", ...histogramOfRows(one.values as readonly number[]) };
    yield { ...placed, media };
  } else if (one.plugin === "text") {
    const text = texts()[0]!;
    const table = type === "table" ? readTable(text) : undefined;
    yield { ...placed, media: table ? { type: "table", ...table } : readText(text) };
  } else {
    const blob = bytes()[one.plugin === "images" ? 2 : 0]!;
    const sha256 = createHash("sha256").update(blob).digest("hex");
    const file = { path: described.path ?? unnamedPath(sha256), sha256, bytes: blob.length };
    const caption = described.caption === undefined ? {} : { caption: described.caption };
    yield { ...placed, media: { type: type as "image" | "audio" | "figure", file, ...caption } };
  }
}

function numberText(value: string | number): string | number {
  return value === "inf" ? "Infinity" : value === "-inf" ? "-Infinity" : value;
}
