import { basename } from "node:path";
import {
  type AlertRaised,
  type DatasetUsed,
  type EndStatus,
  messageOf,
  type RunEvent,
  stringifyJson,
} from "@runferry/core";
import { DataVerbs } from "./data-verbs.ts";
import type { DestinationStatus } from "./delivery/delivery-status.ts";
import type { RunDelivery } from "./delivery/run-delivery.ts";
import { type Episodes, episodeValues } from "./episode.ts";
import type { LoggedValues, MetricLog, When } from "./metric-log.ts";
import { logModel, type ModelHandle, type ModelOptions, type RegisterOptions } from "./models.ts";
import type { Trouble } from "./notices.ts";
import type { EndOptions } from "./options.ts";
import { given } from "./put-media.ts";
import { type Recorder, reasonOf } from "./recorder.ts";
import type { RunEnd } from "./run-end.ts";
import { type ArtifactOptions, type FileHandle, isFolder, lostFile, orLost, type RunFiles } from "./run-files.ts";
import { statusOf, unknownStatus } from "./status.ts";
import { toJson, toJsonObject, toTag } from "./to-json.ts";

/** What a `Run` is made of; the tracker makes it. */
export interface RunParts {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly dir: string;
  readonly recorder: Recorder;
  readonly files: RunFiles;
  readonly log: MetricLog;
  readonly status: { wanted: EndStatus | undefined };
  readonly end: RunEnd;
  readonly delivery: RunDelivery;
  readonly flush: () => void;
}

/**
 * A run that is being logged. What a call logs is on disk when it returns. No method throws or rejects because something
 * could not be logged: that is counted in `troubles`, said once on stderr, and told in the journal.
 */
export class Run extends DataVerbs {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  /** Its folder in the store. */
  readonly dir: string;
  /** The twin of `log`. */
  readonly logMetrics: MetricLog;
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    super(parts.recorder);
    this.id = parts.id;
    this.name = parts.name;
    this.experiment = parts.experiment;
    this.dir = parts.dir;
    this.#parts = parts;
    this.logMetrics = parts.log;
  }

  /** Logs numbers and media, at a step or `{ step, at, context }`. */
  override log(values: LoggedValues, when?: number | bigint | When): void {
    this.logMetrics(values, when);
  }

  /** Logs lists of one value per episode: their summaries as metrics, all values as a table. */
  logEpisode(episodes: Episodes, when?: number | bigint | When): void {
    this.#safely("a call of logEpisode", () => this.logMetrics(episodeValues(episodes), when));
  }

  /** Logs params, with their structure. A param that is logged again has the later value. */
  override logParams(params: object): void {
    this.#main("params", () => ({ kind: "params.set", values: toJsonObject(params) }));
  }

  /** Sets tags; `null` deletes one. */
  setTags(tags: { readonly [name: string]: unknown }): void {
    this.#main("tags", () => {
      const values = Object.entries(tags).filter(([, value]) => value !== undefined);
      return { kind: "tags.set", values: Object.fromEntries(values.map(([name, value]) => [name, toTag(value)])) };
    });
  }

  /** Logs a file or bytes as an artifact; a folder with everything in it. Resolves when it is in the run. */
  override logArtifact(source: string | Uint8Array, options?: string | ArtifactOptions): Promise<FileHandle> {
    return this.#file("an artifact", async () => {
      const { name, ...put } = typeof options === "string" ? { name: options } : { ...options };
      const { files } = this.#parts;
      const own = typeof source === "string" ? basename(source) : "data.bin";
      if (typeof source !== "string" || !isFolder(source)) return files.put(source, name ?? own, put);
      const all = await files.putAll(source, name ?? own, put);
      const status = all.find((file) => file.status !== "logged")?.status ?? "logged";
      return { status, name: name ?? own };
    });
  }

  /** Logs everything in a folder, under `name` or as it is there. */
  async logArtifacts(
    folder: string,
    name = "",
    options?: Omit<ArtifactOptions, "name">,
  ): Promise<readonly FileHandle[]> {
    try {
      return await this.#parts.files.putAll(folder, name, options);
    } catch (cause) {
      return [lostFile(this.#parts.recorder, "artifacts", cause)];
    }
  }

  /** Logs structured data as a JSON file. */
  logJson(data: unknown, name: string): Promise<FileHandle> {
    return this.#file(name, () => this.logText(`${stringifyJson(toJson(data))}\n`, name));
  }

  /** Logs text as a file. */
  logText(text: string, name: string): Promise<FileHandle> {
    return this.#file(name, () => this.#parts.files.put(Buffer.from(String(text)), name));
  }

  /** Logs a model, a file or a folder or bytes, under `models/<name>`. */
  logModel(source: string | Uint8Array, options: ModelOptions = {}): Promise<ModelHandle> {
    return logModel({ ...this.#parts, source, under: "models", options });
  }

  /** Logs the state of a training at a step. Its id is in the journal: no server gives it. */
  logCheckpoint(source: string | Uint8Array, options: ModelOptions = {}): Promise<ModelHandle> {
    return logModel({ ...this.#parts, source, under: "checkpoints", options });
  }

  /** Notes that a logged model is one of a registry. `model` is its handle or path. */
  registerModel(name: string, model: string | { readonly path: string }, details: RegisterOptions = {}): void {
    this.#record(() => {
      const path = typeof model === "string" ? model : model.path;
      return { kind: "model.registered", name, path, ...given(details) };
    });
  }

  useDataset(name: string, details: Omit<DatasetUsed, "kind" | "name"> = {}): void {
    this.#record(() => {
      const metadata = details.metadata && toJsonObject(details.metadata);
      return { kind: "dataset.used", name, ...given({ ...details, metadata }) };
    });
  }

  /** Says whether less or more of a metric is better, and which metric is its x axis. */
  defineMetric(name: string, options: { readonly goal?: "min" | "max"; readonly stepMetric?: string } = {}): void {
    this.#record(() => ({ kind: "metric.defined", name, ...given(options) }));
  }

  alert(title: string, options: { readonly text?: string; readonly level?: AlertRaised["level"] } = {}): void {
    this.#record(() => ({ kind: "alert.raised", title, ...given(options), level: options.level ?? "info" }));
  }

  logConsole(text: string, from: "stdout" | "stderr" = "stdout"): void {
    this.#record(() => ({ kind: "console.logged", from, text }));
  }

  /** The status that the run will end with, if the process does not fail. */
  setStatus(status: EndStatus | (string & {})): void {
    const known = statusOf(status);
    const { notices } = this.#parts.recorder;
    if (known !== undefined) this.#parts.status.wanted = known;
    else if (messageOf(status).toLowerCase() !== "running")
      notices.count("converted", "status", () => unknownStatus(status));
  }

  /** Ends the run at once, or when its artifacts are in it; resolves when all has arrived, or later will. Never rejects. */
  async end(status?: EndStatus | (string & {}), options?: EndOptions): Promise<void> {
    if (status !== undefined) this.setStatus(status);
    if (this.#parts.files.waiting.length > 0) await this.#parts.files.idle();
    this.#parts.end.now({ status: this.#parts.status.wanted ?? "finished" });
    await this.#parts.delivery.settle(options?.waitMs);
  }

  /** Ends the run as failed, and keeps what it failed of. */
  async fail(cause: unknown, options?: EndOptions): Promise<void> {
    if (this.#parts.files.waiting.length > 0) await this.#parts.files.idle();
    this.#parts.end.now({ status: "failed", cause });
    await this.#parts.delivery.settle(options?.waitMs);
  }

  /** How far each destination got. */
  delivery(): Promise<readonly DestinationStatus[]> {
    return this.#parts.delivery.status();
  }

  /** Delivers the run to one more place, from its first event on. */
  addDestination(place: string): void {
    this.#safely(`the destination ${place}`, () => this.#parts.delivery.add(place));
  }

  /** Delivers there no longer; how far it got is kept. */
  removeDestination(place: string): void {
    this.#safely(`the destination ${place}`, () => this.#parts.delivery.remove(place));
  }

  /** Resolves when everything logged so far is on disk, also artifacts. */
  override async flush(): Promise<void> {
    await this.#parts.files.idle();
    this.#safely("a call of flush", () => this.#parts.flush());
  }

  /** For what logs here on behalf of others, such as a callback: counts something that it could not log, as a call of `log` does. */
  lost(what: string, cause: unknown): void {
    this.#parts.recorder.lost(what, reasonOf(cause));
  }

  /** What could not be logged as asked so far. */
  get troubles(): readonly Trouble[] {
    return this.#parts.recorder.notices.troubles;
  }

  get isEnded(): boolean {
    return this.#parts.end.isEnded;
  }

  /** For `await using`. An error that leaves the block is only known if nobody catches it: else use `tracker.run`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isEnded) return;
    await this.end();
    this.#parts.end.correctIfUncaught();
  }

  #record(event: () => RunEvent, what = "an event"): void {
    this.#safely(what, () => this.#parts.recorder.record(event()));
  }

  /** Only the run's own process says these. */
  #main(what: string, event: () => RunEvent): void {
    if (this.#parts.recorder.isMain) this.#record(event, what);
    else this.#parts.recorder.lost(what, "only the process that started the run logs them, not one that joined it");
  }

  #safely(what: string, work: () => void): void {
    try {
      work();
    } catch (cause) {
      this.#parts.recorder.lost(what, messageOf(cause));
    }
  }

  #file(name: string, work: () => Promise<FileHandle>): Promise<FileHandle> {
    return orLost(this.#parts.recorder, name, work);
  }
}
