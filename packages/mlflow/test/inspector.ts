import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { createFold, type Recorded, type RunEnded, type RunEvent, type RunView } from "@runferry/core";
import type { BorrowedMlflow } from "../../../tools/peers/borrow-mlflow.ts";
import { definitionFrom } from "../src/definitions.ts";
import { isMediaPath } from "../src/media-files.ts";
import { isDefinitionTag, isOwnTag } from "../src/names.ts";
import { listTag, withoutTables } from "../src/table-list.ts";
import { fullTextPath } from "../src/texts.ts";

/** A run as MLflow's own Python client tells of it. */
export interface Inspected {
  readonly name: string;
  readonly experiment: string;
  readonly status: string;
  readonly start: number;
  readonly end: number | null;
  readonly params: { readonly [name: string]: string };
  readonly tags: { readonly [name: string]: string };
  readonly metrics: { readonly [name: string]: readonly [number, number, number | "NaN"][] };
  readonly files: { readonly [path: string]: readonly [sha256: string, bytes: number | null] };
}

export interface Inspector {
  inspect(run: string): Promise<Inspected>;
  stop(): void;
}

/** One Python process for all runs: it takes seconds to start. */
export function startInspector({ python, url }: BorrowedMlflow): Inspector {
  const script = new URL("python/read_runs.py", import.meta.url).pathname;
  const child = spawn(python, ["-W", "ignore", script, url], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async inspect(run) {
      child.stdin.write(`${run}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`MLflow's client could not read run ${run}`);
      return JSON.parse(value as string) as Inspected;
    },
    stop: () => void child.kill(),
  };
}

const statusOf: { readonly [status: string]: RunEnded["status"] } = {
  FINISHED: "finished",
  FAILED: "failed",
  KILLED: "killed",
};

/** What that client sees, and what of `expected` there is to see for it: start, end, params, tags, points, files. */
export function seenBy(run: Inspected, expected: RunView): { readonly actual: RunView; readonly expected: RunView } {
  const events: RunEvent[] = [];
  const started = { kind: "run.started", format: 1, id: "-", name: run.name, experiment: run.experiment } as const;
  events.push({ ...started, createdAt: run.start });
  const isShort = (text: string) => fullTextPath(text) === undefined;
  const changed = (name: string) => run.tags[`param_changed.${name}`];
  const params = Object.entries(run.params)
    .filter(([name]) => run.tags[`param_removed.${name}`] === undefined)
    .map(([name, value]) => [name, changed(name) ?? value] as const)
    .filter(([, value]) => isShort(value));
  events.push({ kind: "params.set", values: Object.fromEntries(params) });
  const told = Object.entries(run.tags).flatMap(([name, value]) => {
    const kept = name === listTag ? withoutTables(value) : value;
    return kept === undefined ? [] : [[name, kept] as const];
  });
  for (const [name, value] of told) {
    const definition = isDefinitionTag(name) ? definitionFrom(value) : undefined;
    if (definition) events.push(definition);
  }
  const tags = told.filter(([name, value]) => !isOwnTag(name) && isShort(value));
  events.push({ kind: "tags.set", values: Object.fromEntries(tags) });
  const folding = createFold(expected.id);
  let seq = 0;
  const add = (event: RunEvent, at: number) => folding.add("main", { ...event, seq: ++seq, at } as Recorded);
  for (const event of events) add(event, run.start);
  for (const [name, points] of Object.entries(run.metrics)) {
    for (const [at, step, value] of points) {
      add({ kind: "metrics.logged", step, values: Object.fromEntries([[name, Number(value)]]) }, at);
    }
  }
  for (const [path, [sha256, bytes]] of Object.entries(run.files)) {
    // That client knows no size of an empty file.
    if (!isMediaPath(path)) add({ kind: "artifact.logged", file: { path, sha256, bytes: bytes ?? 0 } }, run.start);
  }
  const status = statusOf[run.status];
  if (status) add({ kind: "run.ended", status }, run.end ?? 0);
  const { started: start, ended } = expected;
  const short = <T>(all: ReadonlyMap<string, T>, longest: number) =>
    new Map([...all].filter(([, value]) => String(value).length <= longest));
  return {
    actual: folding.view(),
    expected: {
      ...expected,
      started: start && {
        kind: "run.started",
        format: 1,
        id: "-",
        name: start.name,
        experiment: start.experiment,
        createdAt: start.createdAt,
      },
      ended: ended && { kind: "run.ended", status: ended.status, at: ended.at },
      params: short(expected.params, 6000),
      tags: short(expected.tags, 8000),
      media: [],
      datasets: [],
      models: [],
      registered: [],
    },
  };
}
