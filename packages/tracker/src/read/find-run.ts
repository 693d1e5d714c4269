import { isRunId, RunferryError } from "@runferry/core";
import type { RunEntry } from "@runferry/local";
import { suggestion } from "../near-names.ts";

const mostShown = 6;

/**
 * The run that a handle means: an id, `@last` or `@last~2`, `experiment/name`, `experiment/@last`, a name, or the
 * beginning of an id. Throws `not_found`, and `bad_option` where it could be several.
 */
export function findRun(handle: string, entries: readonly RunEntry[], where: string): RunEntry {
  const byId = isRunId(handle) ? entries.find((entry) => entry.id === handle) : undefined;
  if (byId) return byId;
  const last = /^(?:(.*)\/)?@last(?:~(\d{1,9}))?$/s.exec(handle);
  if (last) return lastOf(handle, last[1], Number(last[2] ?? 0), entries, where);
  const meanings = [
    (entry: RunEntry) => pathOf(entry) === handle,
    (entry: RunEntry) => entry.started.name === handle,
    (entry: RunEntry) => handle !== "" && entry.id.startsWith(handle),
  ];
  for (const means of meanings) {
    const found = entries.filter(means);
    if (found.length === 1) return found[0]!;
    if (found.length > 1) throw ambiguous(handle, found);
  }
  throw notFound(handle, entries, where);
}

/** What people call a run. */
export function pathOf({ started }: RunEntry): string {
  return `${started.experiment}/${started.name}`;
}

/** Latest start first. */
export function compareNewest(a: RunEntry, b: RunEntry): number {
  return b.started.createdAt - a.started.createdAt || (a.id < b.id ? 1 : -1);
}

function lastOf(
  handle: string,
  experiment: string | undefined,
  back: number,
  entries: readonly RunEntry[],
  where: string,
): RunEntry {
  const among = entries.filter((entry) => experiment === undefined || entry.started.experiment === experiment);
  const found = [...among].sort(compareNewest)[back];
  if (found) return found;
  const place = experiment === undefined ? where : `the experiment ${JSON.stringify(experiment)}`;
  throw new RunferryError("not_found", `there is no run ${handle}: ${place} has ${among.length} runs`, {
    hint: among.length === 0 ? "list the experiments that there are" : `@last~${among.length - 1} is the oldest`,
    data: "nothing was changed",
  });
}

function ambiguous(handle: string, found: readonly RunEntry[]): RunferryError {
  const shown = [...found].sort(compareNewest).slice(0, mostShown);
  const lines = shown.map((entry) => `\n  ${entry.id}  ${pathOf(entry)}`);
  const more = found.length > shown.length ? `\n  … and ${found.length - shown.length} more` : "";
  return new RunferryError(
    "bad_option",
    `${JSON.stringify(handle)} could be any of ${found.length} runs:${lines.join("")}${more}`,
    { hint: "give experiment/name, or more of the id", data: "nothing was changed" },
  );
}

function notFound(handle: string, entries: readonly RunEntry[], where: string): RunferryError {
  const names = entries.flatMap((entry) => [pathOf(entry), ...(handle.includes("/") ? [] : [entry.started.name])]);
  return new RunferryError("not_found", `there is no run ${JSON.stringify(handle)} in ${where}`, {
    hint: suggestion(handle, names) || "list the runs; a handle is an id or its beginning, experiment/name, or @last",
    data: "nothing was changed",
  });
}
