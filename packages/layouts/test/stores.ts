import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type EndStatus,
  type EventsLost,
  fold,
  formatVersion,
  importedRunId,
  type JsonObject,
  memoryJournal,
  parseJson,
  type Recorded,
  type RunEvent,
  type RunView,
} from "@runferry/core";
import type { Layout } from "../src/layout.ts";
import { numberOf } from "../src/run/read-metrics.ts";

export const fixtures = join(import.meta.dirname, "../../../test-fixtures/layouts");
export const trainers = join(import.meta.dirname, "../../../test-fixtures/trainers");

interface ExpectedFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly type?: string;
  readonly at?: number;
}

/** What the program that wrote the fixtures says of a run. */
export interface ExpectedRun {
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly createdAt: number;
  readonly description?: string;
  readonly params: string;
  readonly tags: { readonly [name: string]: string };
  readonly points: readonly (readonly [name: string, step: number | null, at: number, value: number | string])[];
  readonly files: { readonly [path: string]: ExpectedFile };
  readonly models?: { readonly [path: string]: string };
  readonly status: EndStatus | "running";
  readonly endedAt: number | null;
}

export function expectedRuns(layout: string, folder: string = fixtures): readonly ExpectedRun[] {
  const all = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8"));
  return all[layout];
}

/** The run as a view, built from what its writer says and not from its files. */
export async function viewOf(layout: string, run: ExpectedRun): Promise<RunView> {
  const { id, name, experiment, createdAt, description } = run;
  const journal = memoryJournal(await importedRunId(layout, experiment, id, createdAt));
  const writer = journal.writer();
  const head = { format: formatVersion, id: journal.run, name, experiment, createdAt, source: { layout, id } };
  const said = description === undefined ? {} : { description };
  writer.append({ kind: "run.started", ...head, ...said }, createdAt);
  writer.append({ kind: "params.set", values: parseJson(run.params) as JsonObject }, createdAt);
  if (Object.keys(run.tags).length > 0) writer.append({ kind: "tags.set", values: run.tags }, createdAt);
  let last = createdAt;
  for (const [metric, step, at, value] of [...run.points].sort((a, b) => a[2] - b[2])) {
    const values = { [metric]: numberOf(value) ?? Number.NaN };
    writer.append({ kind: "metrics.logged", ...(step === null ? {} : { step }), values }, at);
    last = at;
  }
  for (const [path, { sha256, bytes, type, at }] of Object.entries(run.files)) {
    const events: RunEvent[] = [
      { kind: "artifact.logged", file: { path, sha256, bytes }, ...(type === undefined ? {} : { type }) },
    ];
    const flavor = run.models?.[path];
    if (flavor !== undefined) events.push({ kind: "model.logged", name: path, path, flavor });
    for (const event of events) writer.append(event, at ?? last);
  }
  if (run.status !== "running") writer.append({ kind: "run.ended", status: run.status }, run.endedAt ?? last);
  return fold(journal);
}

/** A digest of every file below a folder, its name and its bytes. */
export function digestOf(folder: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).sort()) {
    const path = join(entry.parentPath, entry.name);
    hash.update(path);
    if (entry.isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

export interface ReadRun {
  readonly view: RunView;
  /** What the source says it could not read. */
  readonly lost: readonly EventsLost[];
}

/** The runs of a folder by their ids there, times without a zone read as UTC. */
export async function readRuns(layout: Layout, folder: string): Promise<ReadonlyMap<string, ReadRun>> {
  const runs = new Map<string, ReadRun>();
  for await (const journal of layout.source(folder, { timezone: "UTC" }).runs()) {
    const lost: EventsLost[] = [];
    for await (const stream of journal.streams()) {
      for await (const events of stream.read()) {
        lost.push(...events.filter((event): event is Recorded<EventsLost> => event.kind === "events.lost"));
      }
    }
    const view = await fold(journal);
    runs.set(view.started?.source?.id ?? journal.run, { view, lost });
  }
  return runs;
}
