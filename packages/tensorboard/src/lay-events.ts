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
  observerStream,
  type Recorded,
  type RunEnded,
  type RunStatus,
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
import { countDifference } from "./count-difference.ts";
import { sessionEnd, sessionStart } from "./hparams.ts";
import { keepRules } from "./keep-rules.ts";
import { graphOf } from "./keras-graph.ts";
import { mediaValue } from "./media-value.ts";
import type { EventMessage, Value } from "./messages.ts";
import { alertValue, consoleValue, lostValue, textValue } from "./own-texts.ts";
import { createSteps, endMark, type PointPlace } from "./places.ts";
import { addRecord } from "./record.ts";
import { endPlace } from "./run-folder.ts";
import { countedValues, createScalarLayer } from "./scalar-event.ts";
import { eventCodec } from "./schema.ts";
import { configTag, tagOfMetric } from "./tags.ts";

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
    const value = countedValues(tags, values);
    put(buffer, { wallTime: at / 1000, ...(where.step === 0 ? {} : { step: where.step }), summary: { value } });
  }

  function addMedia(event: Recorded<MediaLogged>, bytes: Uint8Array): void {
    const kept = applyRule(event as Dated<MediaLogged>, keepRules.media, tally, event.name);
    if (!kept) return;
    const counted = event.step === undefined;
    putValue(event.at, event.step ?? countOf("media.logged"), mediaValue({ ...event }, bytes, counted));
  }

  function addAlert(event: Recorded<AlertRaised>): void {
    const kept = applyRule(event as Dated<AlertRaised>, keepRules.alert, tally, event.title)!;
    putValue(event.at, countOf("alert.raised"), alertValue(kept));
  }

  function addConsole(event: Recorded<ConsoleLogged>): void {
    const kept = applyRule(event as Dated<ConsoleLogged>, keepRules.console, tally, event.from)!;
    putValue(event.at, countOf("console.logged"), consoleValue(kept));
  }

  /** A further file, which says twice that it starts over: TensorBoard takes the first such word for granted. */
  function resumeFrom(at: number, fromStep: number): void {
    closePieces();
    const places = new Set(["", ...sizes.keys()]);
    generation++;
    sizes = new Map();
    steps.rewind(fromStep);
    for (const place of places) {
      const start = { wallTime: at / 1000, ...(fromStep === 0 ? {} : { step: fromStep }), sessionLog: { status: 1 } };
      put(bufferOf(place, at), start);
      put(bufferOf(place, at), start);
    }
  }

  function sizesNow(): Map<string, number> {
    const now = new Map(sizes);
    for (const { place, at, buffer } of open.values()) {
      if (place.startsWith(endMark)) now.delete(place);
      else now.set(place, at + buffer.length);
    }
    return now;
  }

  function closePieces(): void {
    sizes = sizesNow();
    open = new Map();
  }

  function addConfigText(event: Recorded, more: ConfigState): void {
    const place = countOf(...configKinds);
    config = addConfig(config ?? configBefore(before), more);
    const told = tellsAll(place, event) ? config : more;
    putValue(event.at, place, textValue(configTag, configText(started, told)));
    const { end: _end, resumed: _resumed, ...lasting } = config;
    config = lasting;
  }

  function addEnd(event: Recorded<RunEnded>): void {
    applyRule(event as Dated<RunEnded>, keepRules.ended, tally, event.status);
    if (isMain) putValue(event.at, 0, sessionEnd(event.status, event.at));
    if (isMain && countOf("run.resumed") > 0) putEnd(endPlace(event.seq, 0), event.status, event.at);
    if (stream === observerStream) putEnd(endPlace(event.after ?? 0, event.seq), event.status, event.at);
  }

  /** In a file before all others of the run, since the first end counts there. */
  function putEnd(place: string, status: RunStatus, at: number): void {
    bufferOf(place, started?.createdAt ?? at);
    putValue(at, 0, sessionEnd(status, at), place);
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
    if (event.kind === "run.resumed" && isMain) putEnd(endPlace(event.seq, 0), "running", event.at);
    const graph = event.kind === "artifact.logged" ? graphOf(event.file, bytes) : undefined;
    if (graph) putValue(event.at, 0, graph);
    const told = configOf(event);
    if (told) addConfigText(event, told);
    if (event.kind === "metrics.logged") addMetrics(event);
    else if (event.kind === "media.logged") addMedia(event, bytes);
    else if (event.kind === "alert.raised") addAlert(event);
    else if (event.kind === "console.logged") addConsole(event);
    else if (event.kind === "events.lost") putValue(event.at, countOf("events.lost"), lostValue(event));
    else if (event.kind === "run.ended") addEnd(event);
    else countDifference(event, tally);
    counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1);
  }

  return {
    pieces,
    add,
    get memo() {
      return { generation, sizes: Object.fromEntries(sizesNow()) };
    },
    get differences() {
      return tally.differences;
    },
  };
}
