import {
  fold,
  type Journal,
  type RunHead,
  type RunStarted,
  type RunView,
  type Source,
  startOf,
  summarise,
} from "@runferry/core";
import type { ChoosableRun } from "@runferry/tracker";
import { type Choice, choose, nothingChosen } from "./choice.ts";
import type { OpenedSource } from "./open-source.ts";

interface Candidate extends ChoosableRun {
  /** Which source it is in. */
  readonly from: number;
}

/**
 * The sources with only the runs that are chosen in them. Names and times are known of every run that is listed, or are in
 * its first line; for anything else every run is read.
 */
export async function chooseInSources(
  sources: readonly OpenedSource[],
  choice: Choice,
  signal?: AbortSignal,
): Promise<readonly OpenedSource[]> {
  const { by, top: _top, limit: _limit, ...each } = choice;
  if (Object.values(choice).every((value) => value === undefined)) return sources;
  const isByStart = each.filter === undefined && each.status === undefined && by === undefined;
  const found: Candidate[] = [];
  for (const [from, { source }] of sources.entries()) {
    for await (const journal of source.runs(signal ? { signal } : {})) {
      const run = isByStart ? startedRun(journal, await headOf(journal)) : viewedRun(await fold(journal));
      if (choose([run], each).length > 0) found.push({ ...run, from });
    }
  }
  const chosen = Map.groupBy(found.length === 0 ? [] : choose(found, choice), ({ from }) => from);
  if (chosen.size === 0) throw nothingChosen(sources.map(({ name }) => name).join(", "), choice);
  return sources.map((one, from) => ({
    ...one,
    source: only(one.source, chosen.get(from)?.map(({ id }) => id) ?? []),
  }));
}

function only(source: Source, wanted: readonly string[]): Source {
  return {
    async *runs(options = {}) {
      const asked = options.ids && new Set(options.ids);
      const ids = asked === undefined ? wanted : wanted.filter((id) => asked.has(id));
      if (ids.length > 0) yield* source.runs({ ...options, ids });
    },
  };
}

async function headOf(journal: Journal): Promise<RunHead | undefined> {
  return journal.head ?? (await startOf(journal));
}

function startedRun(
  { run: id }: Pick<Journal, "run">,
  started: (RunHead & Partial<RunStarted>) | undefined,
): ChoosableRun {
  return {
    id,
    name: started?.name ?? id,
    experiment: started?.experiment ?? "",
    status: "running",
    startedAt: started?.createdAt ?? 0,
    endedAt: undefined,
    user: started?.user,
    description: started?.description,
    group: started?.group,
    parent: started?.parent,
    host: started?.host,
    spelledParams: {},
    tags: {},
    metrics: {},
  };
}

function viewedRun(view: RunView): ChoosableRun {
  const last = [...view.metrics].flatMap(([name, { series }]) => {
    const point = summarise(series).last;
    return point === undefined ? [] : [[name, { last: point.value }] as const];
  });
  return {
    ...startedRun({ run: view.id }, view.started),
    status: view.status,
    endedAt: view.ended?.at,
    spelledParams: Object.fromEntries(view.params),
    tags: Object.fromEntries(view.tags),
    metrics: Object.fromEntries(last),
  };
}
