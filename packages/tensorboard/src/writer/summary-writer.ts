import { hostname } from "node:os";
import { join } from "node:path";
import type { Json } from "@runferry/core";
import { type EventLog, openEventLog } from "../event-log.ts";
import type { Histogram } from "../histogram.ts";
import { graphValue } from "../keras-graph.ts";
import { histogramValue, pictureValue, soundValue } from "../media-value.ts";
import type { Value } from "../messages.ts";
import { textValue } from "../own-texts.ts";
import { numberTensor, stringTensor } from "../tensor.ts";
import { type At, checkTag, stepOf, timeOf } from "./at.ts";
import { type Bins, countIn } from "./exponential-bins.ts";
import { folderBelow } from "./folder-below.ts";
import { topologyFrom } from "./given-topology.ts";
import { layoutValue, type ScalarLayout } from "./layout.ts";
import { type PictureSides, pictureOf } from "./picture.ts";
import { prCurveCodec } from "./plugin-schema.ts";
import { pngOf } from "./png.ts";
import { prCurve } from "./pr-curve.ts";
import { sessionValues } from "./session.ts";
import { asNumbers, badValue, type Numbers, numberOf, valuesOf } from "./values.ts";
import { waveOf } from "./wave.ts";

export type { ScalarLayout } from "./layout.ts";

export interface SummaryWriterOptions {
  /** Stands at the end of the default folder. */
  readonly comment?: string;
  /** TensorBoard hides what an earlier file has from this step on. */
  readonly purgeStep?: number;
  /** Stands at the end of the files' names. */
  readonly filenameSuffix?: string;
}

/**
 * Writes event files by the calls of PyTorch's and tensorboardX's `SummaryWriter`. What a call adds is in the file when
 * it returns. What cannot be written throws, and nothing of it is written.
 */
export class SummaryWriter {
  readonly logDir: string;
  readonly #options: SummaryWriterOptions;
  readonly #logs = new Map<string, EventLog>();
  /** What each tag is used for: TensorBoard shows no second kind under it. */
  readonly #kinds = new Map<string, string>();
  #isClosed = false;

  /** Writes to a folder; default: `runs/<date and time>_<host><comment>`. */
  constructor(logDir?: string, options: SummaryWriterOptions = {}) {
    this.logDir = logDir || join("runs", folderBelow(`${dateText(new Date())}_${hostname()}${options.comment ?? ""}`));
    this.#options = options;
    this.#logOf("");
  }

  addScalar(
    tag: string,
    value: Numbers,
    step?: number,
    options: At & { readonly displayName?: string; readonly description?: string } = {},
  ): void {
    const { displayName, description } = options;
    const simpleValue = numberOf(`the scalar ${tag}`, value);
    const described = {
      ...(displayName === undefined ? {} : { displayName }),
      ...(description === undefined ? {} : { summaryDescription: description }),
    };
    // Only with its class does TensorBoard's fast reader believe what is said of a scalar.
    const metadata = { pluginData: { pluginName: "scalars" }, ...described, dataClass: 1 };
    const isDescribed = Object.keys(described).length > 0;
    this.#add("scalar", { tag, simpleValue, ...(isDescribed ? { metadata } : {}) }, step, options);
  }

  /** Several curves in one chart: each value goes to a run of its own, `<tag>_<name>`. */
  addScalars(tag: string, values: { readonly [name: string]: Numbers }, step?: number, options: At = {}): void {
    const at = { walltime: timeOf(options) };
    const curves = Object.entries(values).map(([name, value]) => {
      const folder = folderBelow(`${tag.replaceAll("/", "_")}_${name}`);
      return { folder, simpleValue: numberOf(`the scalar ${tag} ${name}`, value) };
    });
    for (const { folder, simpleValue } of curves) this.#add("scalar", { tag, simpleValue }, step, at, folder);
  }

  /** Counts values: in PyTorch's bins, in as many as given, or between given limits. Or takes counts made elsewhere. */
  addHistogram(
    tag: string,
    values: Numbers | Histogram,
    step?: number,
    options: At & { readonly bins?: Bins } = {},
  ): void {
    const isCounted = typeof values === "object" && "edges" in values;
    const counted = isCounted ? values : countIn(valuesOf(tag, values).data, options.bins ?? "tensorflow");
    if (counted.edges.length !== counted.counts.length + 1) throw badValue(`${tag} needs one edge more than counts`);
    this.#add("histogram", histogramValue(tag, counted), step, options);
  }

  /** Numbers of a picture, or the bytes of one that is encoded (PNG, JPEG, GIF). */
  addImage(
    tag: string,
    image: Numbers,
    step?: number,
    options: At & { readonly dataformats?: PictureSides } = {},
  ): void {
    this.#addPicture(tag, image, step, options.dataformats ?? "CHW", options);
  }

  /** Several pictures of one size, as one. */
  addImages(
    tag: string,
    images: Numbers,
    step?: number,
    options: At & { readonly dataformats?: PictureSides } = {},
  ): void {
    this.#addPicture(tag, images, step, options.dataformats ?? "NCHW", options);
  }

  /** Numbers of a sound from -1 to 1, or the bytes of one that is encoded (WAV). */
  addAudio(tag: string, sound: Numbers, step?: number, options: At & { readonly sampleRate?: number } = {}): void {
    const isFile = sound instanceof Uint8Array && Buffer.from(sound.subarray(0, 4)).toString("latin1") === "RIFF";
    const wave = isFile ? sound : waveOf(`the sound ${tag}`, sound, options.sampleRate ?? 44_100);
    this.#add("audio", soundValue(tag, wave), step, options);
  }

  /** Markdown, under `<tag>/text_summary` as by the others. */
  addText(tag: string, text: string, step?: number, options: At = {}): void {
    const value = textValue(`${checkTag(tag)}/text_summary`, "");
    this.#add("text", { ...value, tensor: stringTensor([String(text).toWellFormed()], [1]) }, step, options);
  }

  /** Labels are 0 or 1 or booleans, predictions from 0 to 1. */
  addPrCurve(
    tag: string,
    labels: Numbers | readonly boolean[],
    predictions: Numbers,
    step?: number,
    options: At & { readonly numThresholds?: number; readonly weights?: Numbers } = {},
  ): void {
    const { numThresholds = 127, weights } = options;
    const [wanted, guessed] = [
      valuesOf(`the labels of ${tag}`, asNumbers(labels)),
      valuesOf(`the predictions of ${tag}`, predictions),
    ];
    const weighed = weights === undefined ? undefined : valuesOf(`the weights of ${tag}`, weights).data;
    const rows = prCurve(wanted.data, guessed.data, numThresholds, weighed);
    const tensor = numberTensor([rows.length, numThresholds], rows.flat(), 32);
    const content = prCurveCodec.encode({ numThresholds });
    this.#add(
      "pr curve",
      { tag, tensor, metadata: { pluginData: { pluginName: "pr_curves", content } } },
      step,
      options,
    );
  }

  /** A row of the HPARAMS tab, as a run of its own below: `name`, or the time. Its metrics are scalars of that run. */
  addHparams(
    hparams: { readonly [name: string]: Json },
    metrics: { readonly [tag: string]: Numbers },
    options: {
      readonly name?: string;
      readonly step?: number;
      readonly domains?: { readonly [name: string]: readonly (string | number | boolean)[] };
    } = {},
  ): void {
    const { name, step, domains = {} } = options;
    const at = Date.now();
    const folder = folderBelow(name || String(at / 1000));
    const scalars = Object.entries(metrics).map(([tag, value]) => ({
      tag: checkTag(tag),
      simpleValue: numberOf(tag, value),
    }));
    const session = sessionValues({ hparams, metrics: Object.keys(metrics), domains, at });
    for (const value of session) this.#add("hparams", value, undefined, {}, folder);
    for (const value of scalars) this.#add("scalar", value, step, {}, folder);
    this.#logOf(folder).close();
    this.#logs.delete(folder);
  }

  /** The layers of a Keras model: one of TensorFlow.js, its `toJSON()`, or what is in a `model.json`. */
  addGraph(model: object | string, options: { readonly tag?: string } = {}): void {
    this.#add("graph", graphValue(options.tag ?? "keras", topologyFrom(model)), undefined, {});
  }

  /** The charts of the CUSTOM SCALARS tab. One layout for each writer. */
  addCustomScalars(layout: ScalarLayout): void {
    this.#add("layout", layoutValue(layout), undefined, {});
  }

  /** Hands everything to the disk itself. */
  flush(): void {
    for (const log of this.#logs.values()) if (!this.#isClosed) log.flush();
  }

  /** Ends the files. Nothing can be added any more. */
  close(): void {
    this.#isClosed = true;
    for (const log of this.#logs.values()) log.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #addPicture(tag: string, image: Numbers, step: number | undefined, sides: PictureSides, at: At): void {
    const encoded = image instanceof Uint8Array ? pictureValue(tag, image) : undefined;
    const isPicture = encoded?.tensor?.stringVal?.[0]?.[0] !== 0x30; // a width of 0 says that it is none
    if (encoded && isPicture) this.#add("image", encoded, step, at);
    else this.#add("image", pictureValue(tag, pngOf(pictureOf(`the picture ${tag}`, image, sides))), step, at);
  }

  #add(kind: string, value: Value, step: number | undefined, at: At, folder = ""): void {
    const tag = checkTag(value.tag);
    const whole = stepOf(tag, step);
    const wallTime = timeOf(at);
    const key = `${folder}\0${tag}`;
    const known = this.#kinds.get(key) ?? kind;
    if (known !== kind) throw badValue(`the tag ${tag} is that of a ${known} already`, `name this ${kind} otherwise`);
    const summary = { value: [{ ...value, tag }] };
    this.#logOf(folder).event({ wallTime, ...(whole === 0 ? {} : { step: whole }), summary });
    this.#kinds.set(key, kind);
  }

  #logOf(folder: string): EventLog {
    const known = this.#logs.get(folder);
    if (known) return known;
    if (this.#isClosed) return this.#logs.get("")!; // it says that it is closed
    const { filenameSuffix = "", purgeStep } = this.#options;
    const log = openEventLog(join(this.logDir, folder), { suffix: filenameSuffix });
    this.#logs.set(folder, log);
    // Said twice, since TensorBoard takes the first such word of a run for its beginning.
    const start = { wallTime: Date.now() / 1000, step: stepOf("purgeStep", purgeStep), sessionLog: { status: 1 } };
    for (let i = 0; i < 2 && purgeStep !== undefined; i++) log.event(start);
    return log;
  }
}

/** As `Nov21_16-05-30`. */
function dateText(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const month = date.toLocaleString("en-US", { month: "short" });
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join("-");
  return `${month}${two(date.getDate())}_${time}`;
}
