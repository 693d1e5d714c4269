import type { Choice, Ranking } from "./choice.ts";
import { type Context, countOption, listOption, type Option, textOption, usageError } from "./command.ts";

/** Options of every command that works on many runs. */
export const choiceOptions: { readonly [name: string]: Option } = {
  experiment: {
    type: "string",
    value: "name",
    isList: true,
    help: "only runs of it; * stands for any text, ? for one character; may be given several times",
  },
  status: { type: "string", value: "words", help: "running, finished, failed, killed; several with commas" },
  since: { type: "string", value: "time", help: "started then or later: 2026-11-01, '2026-11-01T09:30', 7d, 12h" },
  until: { type: "string", value: "time", help: "started before then" },
  filter: { type: "string", value: "text", help: "only runs that pass it; MLflow's grammar" },
  where: { type: "string", value: "text", help: "the same as --filter" },
  by: { type: "string", value: "metric:max", help: "what --top goes by: the last value; :min or :max" },
  top: { type: "string", value: "n", help: "only the best ones" },
  limit: { type: "string", value: "n", help: "only so many, the newest" },
};

/** What the options choose, those of `choiceOptions`. */
export function choiceOf(context: Context): Choice {
  const wanted = filterOption(context);
  const [runs, experiments] = [listOption(context, "run"), listOption(context, "experiment")];
  const [by, top, limit] = [rankingOf(context), countOption(context, "top"), countOption(context, "limit")];
  if (top !== undefined && by === undefined) {
    throw usageError("--top does not say which are the best", "write for example --top 20 --by val_auc:max");
  }
  const [since, until] = [timeOption(context, "since"), timeOption(context, "until")];
  const status = textOption(context, "status")?.split(",");
  return {
    ...(runs.length === 0 ? {} : { runs }),
    ...(experiments.length === 0 ? {} : { experiments }),
    ...(status === undefined ? {} : { status }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(wanted === undefined ? {} : { filter: wanted }),
    ...(by === undefined ? {} : { by }),
    ...(top === undefined ? {} : { top }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** What `--filter` says, or `--where`. */
export function filterOption(context: Context): string | undefined {
  const [filter, where] = [textOption(context, "filter"), textOption(context, "where")];
  if (filter !== undefined && where !== undefined) {
    throw usageError("--filter and --where are the same", "join them by `and`");
  }
  return filter ?? where;
}

/** What `--by` says. */
export function rankingOf(context: Context): Ranking | undefined {
  const text = textOption(context, "by");
  if (text === undefined) return undefined;
  const found = /^(.+):(min|max)$/s.exec(text);
  if (found) return { metric: found[1]!, mode: found[2] as "min" | "max" };
  const metric = text.replace(/:[^:]*$/, "") || text;
  throw usageError(`--by ${JSON.stringify(text)} does not say which way`, `write --by ${metric}:max, or :min`);
}

const unitMs: { readonly [unit: string]: number } = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A time as people write it: a date is its first moment here, `7d` is so long ago. */
function timeOption(context: Context, name: string): number | undefined {
  const text = textOption(context, name);
  if (text === undefined) return undefined;
  const ago = /^(\d{1,6})([mhdw])$/.exec(text);
  if (ago) return Date.now() - Number(ago[1]) * unitMs[ago[2]!]!;
  const isTime = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
  const time = isTime ? Date.parse(text.length === 10 ? `${text}T00:00` : text.replace(" ", "T")) : Number.NaN;
  if (!Number.isNaN(time)) return time;
  throw usageError(
    `--${name} ${JSON.stringify(text)} is no time`,
    "write for example 2026-11-01, '2026-11-01T09:30', or 7d for seven days ago",
  );
}
