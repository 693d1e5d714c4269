import {
  type AlertRaised,
  applyRule,
  type ConsoleLogged,
  createTally,
  type Dated,
  type Difference,
  getOrCreate,
  type MediaLogged,
  type MetricsLogged,
  mainStream,
  type Recorded,
  type RunEnded,
  type WriteContext,
} from "@runferry/core";
import { type ByteBuffer, createByteBuffer } from "./byte-buffer.ts";
import {
  addConfig,
  type ConfigState,
  configBefore,
  configKinds,
  configOf,
  configText,
  tellsAll,
} from "./config-text.ts";
import { describe } from "./description.ts";
import { fenced } from "./fence.ts";
import { sessionEnd, sessionStart } from "./hparams.ts";
import { keepRules } from "./keep-rules.ts";
import { mediaValue } from "./media-value.ts";
import type { EventMessage, Value } from "./messages.ts";
import { createSteps, type PointPlace } from "./places.ts";
import { addRecord } from "./record.ts";
import { createScalarLayer } from "./scalar-event.ts";
import { eventCodec } from "./schema.ts";
import { alertTag, configTag, consoleTag, tagOfMetric } from "./tags.ts";
import { stringTensor } from "./tensor.ts";

/** The files of one stream: how many there were before the current ones, and the length of each current one by place. */
export interface FilesMemo {
  readonly generation: number;
  readonly sizes: { readonly [place: string]: number };
}

export interface Laid {
  /** By generation and place, in the order they came up: the bytes to add. */
  readonly pieces: readonly Piece[];
  readonly memo: FilesMemo;
  readonly differences: readonly Difference[];
  readonly add: (event: Recorded, bytes: Uint8Array) => void;
}

export interface Piece {
  readonly generation: number;
  readonly place: string;
  /** Where in the file the bytes begin. */
  readonly at: number;
  readonly buffer: ByteBuffer;
}

const textPlugin = { pluginData: { pluginName: "text" } };
const stateKinds: readonly string[] = ["run.started", "params.set", "tags.set"];
const layer = createScalarLayer();

/** Turns events into the bytes of event files: a pure function of them and of what came before. */
export function layEvents(context: WriteContext, memo: FilesMemo): Laid {
  const { before, stream } = context;
  const isMain = stream === mainStream;
  const steps = createSteps(before);
  const tally = createTally();
  const counts = new Map(before.counts);
  const pieces: Piece[] = [];
  let open = new Map<string, Piece>();
  let generation = memo.generation;
  let sizes = new Map(Object.entries(memo.sizes));
  let config: ConfigState | undefined;
  let started = before.started;
  let isOpen = false;

  const countOf = (...kinds: readonly string[]) => kinds.reduce((sum, kind) => sum + (counts.get(kind) ?? 0), 0);

  function bufferOf(place: string, at: number): ByteBuffer {
    let piece = open.get(place);
    if (!piece) {
      piece = { generation, place, at: sizes.get(place) ?? 0, buffer: createByteBuffer(4096) };
      open.set(place, piece);
      pieces.push(piece);
      if (!sizes.has(place)) {
        sizes.set(place, 0);
        put(piece.buffer, { wallTime: at / 1000, fileVersion: "brain.Event:2" });
      }
    }
    return piece.buffer;
  }

  function put(buffer: ByteBuffer, event: EventMessage): void {
    addRecord(buffer, eventCodec.encode(event));
  }

  function putValue(at: number, step: number, value: Value, place = ""): void {
    put(bufferOf(place, at), { wallTime: at / 1000, ...(step === 0 ? {} : { step }), summary: { value: [value] } });
  }

  function addMetrics(event: Recorded<MetricsLogged>): void {
    const groups = new Map<
      string,
      { readonly where: PointPlace; readonly tags: string[]; readonly values: number[] }
    >();
    for (const [name, value] of Object.entries(event.values)) {
      const where = steps.place(name, event.context, event.step);
      const key = where.counted ? `${where.place} ${where.step}` : where.place;
      const group = getOrCreate(groups, key, () => ({ where, tags: [], values: [] }));
      group.tags.push(tagOfMetric(name, event.context));
      group.values.push(value);
      applyRule({ step: event.step, at: event.at, value, context: event.context }, keepRules.point, tally, name);
      if (!before.metrics.has(name) && !named.has(name)) {
        named.add(name);
        applyRule(name, keepRules.metricName, tally, name);
      }
    }
    for (const { where, tags, values } of groups.values()) addPoints(event.at, where, tags, values);
  }
  const named = new Set<string>();

  function addPoints(at: number, where: PointPlace, tags: readonly string[], values: readonly number[]): void {
    const buffer = bufferOf(where.place, at);
    if (!where.counted) {
      layer.add(buffer, at / 1000, where.step, tags, values, tags.length);
      return;
    }
    const metadata = {
      pluginData: { pluginName: "scalars" },
      summaryDescription: describe({ counted: true }),
      dataClass: 1,
    };
    const value = tags.map((tag, i) => ({ tag, simpleValue: values[i]!, metadata }));
    put(buffer, { wallTime: at / 1000, ...(where.step === 0 ? {} : { step: where.step }), summary: { value } });
  }

  function addMedia(event: Recorded<MediaLogged>, bytes: Uint8Array): void {
    const kept = applyRule(event as Dated<MediaLogged>, keepRules.media, tally, event.name);
    if (!kept) return;
    const counted = event.step === undefined;
    putValue(event.at, event.step ?? countOf("media.logged"), mediaValue({ ...event }, bytes, counted));
  }

  function addAlert(event: Recorded<AlertRaised>): void {
    const { title, text } = applyRule(event as Dated<AlertRaised>, keepRules.alert, tally, event.title)!;
    const cells = text === undefined ? [title] : [title, text];
    const tensor = stringTensor(cells, [cells.length]);
    putValue(event.at, countOf("alert.raised"), { tag: alertTag(event.level), tensor, metadata: textPlugin });
  }

  function addConsole(event: Recorded<ConsoleLogged>): void {
    const { text } = applyRule(event as Dated<ConsoleLogged>, keepRules.console, tally, event.from)!;
    const tensor = stringTensor([fenced(text)]);
    putValue(event.at, countOf("console.logged"), { tag: consoleTag(event.from), tensor, metadata: textPlugin });
  }

  /** A further file, which says twice that it starts over: TensorBoard takes the first such word for granted. */
  function resumeFrom(at: number, fromStep: number): void {
    const places = new Set(["", ...sizes.keys()]);
    closePieces();
    generation++;
    sizes = new Map();
    steps.rewind(fromStep);
    for (const place of places) {
      const start = { wallTime: at / 1000, ...(fromStep === 0 ? {} : { step: fromStep }), sessionLog: { status: 1 } };
      put(bufferOf(place, at), start);
      put(bufferOf(place, at), start);
    }
  }

  function closePieces(): void {
    for (const piece of open.values()) sizes.set(piece.place, piece.at + piece.buffer.length);
    open = new Map();
  }

  function addConfigText(event: Recorded, more: ConfigState): void {
    const place = countOf(...configKinds);
    config ??= configBefore(before);
    config = addConfig(config, more);
    const told = tellsAll(place, event) ? config : more;
    const tensor = stringTensor([configText(started, told)]);
    putValue(event.at, place, { tag: configTag, tensor, metadata: textPlugin });
    const { end: _end, resumed: _resumed, ...lasting } = config;
    config = lasting;
  }

  function addEnd(event: Recorded<RunEnded>): void {
    applyRule(event as Dated<RunEnded>, keepRules.ended, tally, event.status);
    putValue(event.at, 0, sessionEnd(event.status, event.at));
  }

  /** The params so far become columns once the first thing has happened in the run. */
  function openSession(event: Recorded): void {
    if (!isMain || isOpen || stateKinds.includes(event.kind)) return;
    isOpen = true;
    if (countOf(...counts.keys()) > countOf(...stateKinds)) return;
    config ??= configBefore(before);
    putValue(event.at, 0, sessionStart(Object.entries(config.params ?? {}), started?.createdAt ?? event.at));
  }

  function add(event: Recorded, bytes: Uint8Array): void {
    openSession(event);
    if (event.kind === "run.resumed" && event.fromStep !== undefined) resumeFrom(event.at, event.fromStep);
    if (event.kind === "run.started") started ??= event;
    const told = configOf(event);
    if (told) addConfigText(event, told);
    if (event.kind === "metrics.logged") addMetrics(event);
    else if (event.kind === "media.logged") addMedia(event, bytes);
    else if (event.kind === "alert.raised") addAlert(event);
    else if (event.kind === "console.logged") addConsole(event);
    else if (event.kind === "run.ended") addEnd(event);
    else countDifference(event);
    counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
  }

  function countDifference(event: Recorded): void {
    if (event.kind === "artifact.logged") applyRule(event, keepRules.artifact, tally, event.file.path);
    else if (event.kind === "model.logged") applyRule(event, keepRules.model, tally, event.name);
    else if (event.kind === "model.registered") applyRule(event, keepRules.registered, tally, event.name);
    else if (event.kind === "dataset.used") applyRule(event, keepRules.dataset, tally, event.name);
    else if (event.kind === "unknown") applyRule(event, keepRules.unknown, tally, event.was);
    else if (event.kind === "params.set") {
      for (const [name, value] of Object.entries(event.values))
        applyRule({ name, value }, keepRules.param, tally, name);
    }
  }

  return {
    pieces,
    add,
    get memo() {
      const now = new Map(sizes);
      for (const piece of open.values()) now.set(piece.place, piece.at + piece.buffer.length);
      return { generation, sizes: Object.fromEntries(now) };
    },
    get differences() {
      return tally.differences;
    },
  };
}
