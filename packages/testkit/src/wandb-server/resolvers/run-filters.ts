import { parseExtended } from "../extended-json.ts";
import { refusal } from "../refusal.ts";
import { type HeldRun, isoTime } from "../state.ts";
import { valueAt } from "./history.ts";

type Test = (value: unknown, wanted: unknown) => boolean;

const tests: Readonly<Record<string, Test>> = {
  $eq: (value, wanted) => (Array.isArray(value) ? value.includes(wanted) : value === wanted),
  $ne: (value, wanted) => !(Array.isArray(value) ? value.includes(wanted) : value === wanted),
  $gt: (value, wanted) => compare(value, wanted) > 0,
  $gte: (value, wanted) => compare(value, wanted) >= 0,
  $lt: (value, wanted) => compare(value, wanted) < 0,
  $lte: (value, wanted) => compare(value, wanted) <= 0,
  $in: (value, wanted) => listOf(wanted).some((one) => tests.$eq!(value, one)),
  $nin: (value, wanted) => !listOf(wanted).some((one) => tests.$eq!(value, one)),
  $exists: (value, wanted) => (value !== undefined) === wanted,
  $regex: (value, wanted) => typeof value === "string" && new RegExp(String(wanted)).test(value),
};

/** The runs that a filter in MongoDB's words lets through. */
export function filteredRuns(runs: readonly HeldRun[], filters: string | null | undefined): readonly HeldRun[] {
  const filter = filters ? parseExtended(filters) : {};
  if (typeof filter !== "object" || filter === null) throw refusal(400, "filters: not a JSON object");
  return runs.filter((run) => matches(run, filter));
}

function matches(run: HeldRun, filter: object): boolean {
  return Object.entries(filter).every(([key, wanted]) => {
    if (key === "$and") return listOf(wanted).every((part) => matches(run, part as object));
    if (key === "$or") return listOf(wanted).some((part) => matches(run, part as object));
    if (key === "$not") return !matches(run, wanted as object);
    const value = columnOf(run, key);
    if (typeof wanted !== "object" || wanted === null) return tests.$eq!(value, wanted);
    return Object.entries(wanted).every(([operator, operand]) => {
      const test = tests[operator];
      if (!test) throw refusal(400, `filters: unknown operator ${operator}`);
      return test(value, operand);
    });
  });
}

/** The newest first unless another order is asked for. */
export function sortedRuns(runs: readonly HeldRun[], order: string | null | undefined): readonly HeldRun[] {
  const [, sign, key] = /^([+-]?)(.+)$/.exec(order || "-created_at")!;
  const direction = sign === "-" ? -1 : 1;
  const keyed = runs.map((run, i) => ({ run, i, value: columnOf(run, key!) }));
  // Those that have no such value come last.
  const there = keyed.filter(({ value }) => value !== undefined && value !== null);
  there.sort((a, b) => direction * (compare(a.value, b.value) || a.i - b.i));
  return [...there, ...keyed.filter((one) => !there.includes(one))].map(({ run }) => run);
}

function columnOf(run: HeldRun, key: string): unknown {
  const [, root, rest = ""] = /^([^.]+)\.?(.*)$/s.exec(key)!;
  switch (root) {
    case "config": {
      const config = parseExtended(run.config) as Record<string, unknown>;
      const [top = "", ...below] = rest.replace(/\.value\b/, "").split(".");
      return valueAt(config, [top, "value", ...below].join("."));
    }
    case "summary_metrics":
    case "summaryMetrics":
      return valueAt(parseExtended(run.summary) as Record<string, unknown>, rest);
    case "created_at":
    case "createdAt":
      return isoTime(run.createdAt);
    case "heartbeat_at":
    case "heartbeatAt":
      return isoTime(run.heartbeatAt);
    case "display_name":
    case "displayName":
      return run.displayName;
    case "job_type":
    case "jobType":
      return run.jobType;
    case "name":
    case "state":
    case "group":
    case "tags":
      return run[root];
    default:
      throw refusal(400, `filters: unknown key ${key}`);
  }
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a !== "string" || typeof b !== "string") return Number.NaN;
  return a < b ? -1 : Number(a > b);
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}
