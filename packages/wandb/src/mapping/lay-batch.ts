import {
  type AlertRaised,
  addDifferences,
  type Before,
  createEventKeeper,
  createTally,
  type Dated,
  getOrCreate,
  type MediaLogged,
  type MetricsLogged,
  mainStream,
  type Recorded,
  type RunEnded,
  stringifyJson,
} from "@runferry/core";
import { keepRules, usedAgain } from "../keep-rules.ts";
import { createAfter } from "./after.ts";
import { layDataset, layLinks, layModel, sameDataset } from "./artifacts.ts";
import { keptConsole } from "./console-lines.ts";
import { exitCodeOf } from "./ends.ts";
import { numberText, plainText } from "./extended-json.ts";
import type { Alert, ConsoleLine, JsonTexts, Laid, LaidArtifact, Link, MadeFile, Progress, Row } from "./laid.ts";
import { layMedia } from "./media.ts";
import { alertColumns, columnOf, configKeyOf, ownKey, runKey, stepColumn } from "./names.ts";
import { configValue } from "./params.ts";
import { type Place, runConfig, runFields } from "./start.ts";
import { definitionsOf, runtimeText, summaryOf, timestampText } from "./summary.ts";

export interface Laying {
  readonly run: string;
  readonly stream: string;
  readonly before: Before;
  readonly progress: Progress;
  /** Undefined: the experiment is the project. */
  readonly project: string | undefined;
  /** Whether everything that stands is told, and not only what has changed. */
  readonly isWhole?: boolean;
  /** Takes the rows one by one, in place of the list of them: of fifty thousand none need be in memory. */
  readonly onRow?: (row: Row) => void;
}

/** W&B's own clients read a history in pages of steps, empty ones too: a wider gap between two rows would never end. */
const widestGap = 10_000_000;

const configKinds = ["run.started", "run.resumed", "run.ended", "params.set", "tags.set", "model.registered"] as const;
const summedKinds = ["metric.defined", "media.logged"] as const;
const fieldKinds = ["run.started", "tags.set"] as const;

/** Turns events into what W&B holds of them: a pure function of them and of what came before. Each is looked at once. */
export function layBatch(batch: Iterable<Recorded>, laying: Laying): Laid {
  const { before, run, stream, project, isWhole = false } = laying;
  const rows: Row[] = [];
  const { onRow = (row: Row) => void rows.push(row) } = laying;
  const place: Place = { run, stream, project, isMain: stream === mainStream };
  const after = createAfter(before);
  const keeper = createEventKeeper(keepRules, before);
  const tally = createTally();
  const console: ConsoleLine[] = [];
  const files: MadeFile[] = [];
  const alerts: Alert[] = [];
  const artifacts: LaidArtifact[] = [];
  const links: Link[] = [];
  const held = new Map([...before.artifacts].map(([path, versions]) => [path, versions.at(-1)!.value]));
  const used = before.datasets.map(({ value }) => value);
  const isFirst = before.counts.size === 0;
  const named = new Set<string>();
  const kinds = new Set<Recorded["kind"]>();
  let firstAt: number | undefined;
  let lastSeq = 0;
  let isOver = false;
  const plainColumns = new Map<string, string>();
  const plainColumn = (name: string) => getOrCreate(plainColumns, name, () => columnOf(name));
  const wasOffStep = laying.progress.isOffStep;
  let rowCount = 0;
  let { step, at, userStep: lastUserStep, isOffStep } = laying.progress;
  const startedAt = () => after.started?.createdAt ?? firstAt ?? 0;
  const hasAny = (wanted: readonly Recorded["kind"][]) => wanted.some((kind) => kinds.has(kind));

  function addRow(event: Recorded, columns: string[], values: string[], userStep: number | undefined): void {
    const last = step ?? -1;
    const isTaken = userStep !== undefined && userStep > last && userStep - last <= widestGap;
    step = isTaken ? userStep : last + 1;
    at = event.at;
    columns.push("_step", "_timestamp", "_runtime");
    values.push(plainText(step), timestampText(at), runtimeText(at, startedAt()));
    if (userStep !== undefined) {
      columns.push(stepColumn);
      values.push(plainText(userStep));
      isOffStep ||= !isTaken;
      lastUserStep = userStep;
    }
    rowCount++;
    onRow({ seq: event.seq, columns, values });
  }

  /** Of points only the names are looked at, each once: nothing else of them changes. */
  function hasNewName({ values }: MetricsLogged): boolean {
    let isNew = false;
    for (const name in values) {
      if (named.has(name)) continue;
      named.add(name);
      isNew ||= !before.metrics.has(name);
    }
    return isNew;
  }

  function addMetrics(event: Recorded<MetricsLogged>): void {
    const columns: string[] = [];
    const values: string[] = [];
    for (const name of Object.keys(event.values)) {
      columns.push(event.context === undefined ? plainColumn(name) : columnOf(name, event.context));
      values.push(numberText(event.values[name]!));
    }
    addRow(event, columns, values, event.step);
  }

  function addMedia(event: Recorded<MediaLogged>): void {
    const laid = layMedia(event);
    if (!laid) return;
    const column = columnOf(event.name, event.context);
    files.push(...laid.made);
    const columns = laid.values.map(([suffix]) => column + suffix);
    addRow(
      event,
      columns,
      laid.values.map(([, text]) => text),
      event.step,
    );
  }

  /** Its row is its record: whoever sends the alert sees there whether it was told before. */
  function addAlert(event: Recorded<AlertRaised>): void {
    const { title, text, level } = event;
    const columns: string[] = [alertColumns.title, alertColumns.level];
    const values = [JSON.stringify(title), JSON.stringify(level)];
    if (text !== undefined) {
      columns.push(alertColumns.text);
      values.push(JSON.stringify(text));
    }
    const row = laying.progress.rows + rowCount;
    alerts.push({ seq: event.seq, row, at: event.at, title, text: text ?? "", level });
    addRow(event, columns, values, undefined);
  }

  for (const event of batch) {
    firstAt ??= event.at;
    lastSeq = event.seq;
    kinds.add(event.kind);
    after.take(event);
    if (event.kind !== "metrics.logged" || hasNewName(event)) keeper.keep(event);
    if (event.kind === "metrics.logged") addMetrics(event);
    else if (event.kind === "media.logged") addMedia(event);
    else if (event.kind === "alert.raised") addAlert(event);
    else if (event.kind === "artifact.logged") held.set(event.file.path, event);
    else if (event.kind === "console.logged") {
      const { kept, difference } = keptConsole(event);
      if (difference) tally.add(...difference, event.from);
      for (const { text } of kept) console.push({ at: event.at, from: event.from, text: text.slice(0, -1) });
    } else if (event.kind === "dataset.used") {
      if (used.some((one) => sameDataset(one, event))) tally.add("left out", usedAgain, event.name);
      else artifacts.push(layDataset(event));
      used.push(event);
    } else if (event.kind === "model.logged") {
      artifacts.push(layModel(event, { run, stream, artifacts: [...held.values()] }));
    } else if (event.kind === "model.registered") {
      links.push(...layLinks(event, after.models));
    } else if (event.kind === "run.ended") isOver = true;
    else if (event.kind === "run.resumed") isOver = false;
  }

  const progress: Progress = {
    rows: laying.progress.rows + rowCount,
    console: laying.progress.console + console.length,
    step,
    at,
    userStep: lastUserStep,
    isOffStep,
  };
  // A figure of nothing makes no row, but is the last of its name.
  const isSummed = rowCount > 0 || (progress.rows > 0 && (isWhole || hasAny(summedKinds)));
  const isConfigured = isWhole || isFirst || hasAny(configKinds);
  const isResumed = kinds.has("run.resumed");
  const isEnded = isOver || (isWhole && !isResumed);
  return {
    rows,
    console,
    summary: isSummed ? summaryOf(after, progress, startedAt()) : undefined,
    ...(isConfigured || areDefinitionsChanged()
      ? { config: configOf(), definitions: definitionsOf(after, isOffStep) }
      : { config: undefined, definitions: undefined }),
    run: isWhole || isFirst || hasAny(fieldKinds) ? fieldsOf() : undefined,
    files,
    alerts,
    artifacts,
    links,
    end: isEnded && after.ended ? endOf(after.ended) : undefined,
    lastSeq,
    isResumed,
    differences: addDifferences(keeper.differences, tally.differences),
    progress,
  };

  function fieldsOf() {
    return runFields(place, after.started, after.tags(), firstAt ?? 0);
  }

  function configOf(): JsonTexts {
    const texts = [...after.params()].map(([name, value]): [string, string] => [
      configKeyOf(name),
      stringifyJson(configValue(value)),
    ]);
    const told = runConfig(after.started, after.tags(), after.registered, after.ended);
    texts.push([runKey, stringifyJson(told)], [ownKey, stringifyJson({ id: run, stream })]);
    return new Map(texts);
  }

  function areDefinitionsChanged(): boolean {
    if (!kinds.has("metric.defined") && !isOffStep) return false;
    const earlier = definitionsOf(createAfter(before), wasOffStep);
    return JSON.stringify(definitionsOf(after, isOffStep)) !== JSON.stringify(earlier);
  }
}

function endOf(ended: Dated<RunEnded>) {
  return { status: ended.status, exitCode: exitCodeOf(ended), at: ended.at };
}
