import { join, resolve } from "node:path";
import { isRunId } from "@runferry/core";
import { type Durability, defaultStoreName, findStore } from "@runferry/local";
import { badOption } from "./check-options.ts";
import { readConfig } from "./config-file.ts";
import type { Mode, Resume, RunOptions, Tags, TrackerOptions, Wiring } from "./options.ts";
import { mlflowUris, type NamedPlaces, type Place, parsePlaces } from "./places.ts";

/** Everything that is to be known before a run starts. Explicit options go over the environment, that over the file. */
export interface Settings {
  readonly mode: Mode;
  readonly dir: string;
  readonly experiment: string;
  readonly places: readonly Place[];
  /** What `runferry.yaml` calls places. */
  readonly namedPlaces: NamedPlaces;
  /** Who delivers: a process of its own, this one, or nobody for now. */
  readonly delivery: "process" | "inline" | "off";
  readonly environment: Environment;
  readonly tags: Tags;
  readonly group?: string;
  readonly autoLog: boolean;
  readonly quiet: boolean;
  readonly durability: Durability;
  readonly cwd: string;
  /** What the environment says of the run, for the options that are left out. */
  readonly run: Pick<RunOptions, "id" | "name" | "resume">;
  readonly stream?: string;
}

type Environment = NonNullable<Wiring["environment"]>;

export function readSettings(options: TrackerOptions, wiring: Wiring): Settings {
  const { environment = process.env, cwd = process.cwd() } = wiring;
  const told = (name: string) => environment[`RUNFERRY_${name}`] || undefined;
  const mode = options.mode ?? word("MODE", told("MODE"), ["online", "offline", "disabled"]) ?? "online";
  const file = mode === "disabled" ? undefined : readConfig(cwd); // then a file with a mistake must not matter
  const dir = options.dir ?? told("DIR") ?? file?.dir;
  const backend = options.backend ?? told("BACKEND") ?? file?.backend ?? "local";
  const named = mode === "disabled" ? [] : parsePlaces(backend, file?.places);
  const experiment = options.experiment ?? told("EXPERIMENT") ?? file?.experiment;
  const group = options.group ?? told("GROUP");
  const stream = told("STREAM");
  return {
    mode,
    dir: dir === undefined ? (findStore(cwd) ?? join(cwd, defaultStoreName)) : resolve(cwd, dir),
    ...(experiment === undefined ? asMlflowSays(named, environment) : { experiment, places: named }),
    namedPlaces: file?.places ?? {},
    delivery: mode === "online" ? deliveryOf(environment) : "off",
    environment,
    tags: { ...file?.tags, ...tagsOf(told("TAGS")), ...options.tags },
    ...(group === undefined ? {} : { group }),
    autoLog: options.autoLog ?? false,
    quiet: options.quiet ?? !["", "0", "false", "no"].includes(told("QUIET")?.toLowerCase() ?? ""),
    durability: options.durability ?? "process",
    cwd,
    run: runOf(environment, mode),
    ...(stream === undefined ? {} : { stream }),
  };
}

/**
 * MLflow's own variables, for those who log to MLflow and name no experiment. What the one with an id is called only its
 * server knows, so it is a part of the place.
 */
function asMlflowSays(places: readonly Place[], env: Environment): Pick<Settings, "experiment" | "places"> {
  const { MLFLOW_EXPERIMENT_NAME: name, MLFLOW_EXPERIMENT_ID: id, MLFLOW_TRACKING_URI: uri } = env;
  if (!places.some(({ kind }) => kind === "mlflow")) return { experiment: "default", places };
  if (name) return { experiment: name, places };
  if (!id) return { experiment: "default", places };
  const { experimentOf, trackingPlace } = mlflowUris();
  const inIt = (told: string | undefined) => trackingPlace(told, experimentOf(told) ?? id);
  return {
    experiment: "default",
    places: places.map((place) =>
      place.kind === "mlflow" ? { ...place, address: inIt(place.address ?? uri) } : place,
    ),
  };
}

/** Where every process is watched and ends with the job, nothing may be left behind. */
function deliveryOf(environment: Environment): Settings["delivery"] {
  const inCi = !["", "0", "false", "no"].includes(environment.CI?.toLowerCase() ?? "");
  const told = word("DELIVERY", environment.RUNFERRY_DELIVERY || undefined, ["process", "inline", "off"]);
  return told ?? (inCi ? "inline" : "process");
}

function runOf(environment: Environment, mode: Mode): Settings["run"] {
  if (mode === "disabled") return {};
  const { RUNFERRY_RUN_ID: id, RUNFERRY_RUN_NAME: name, RUNFERRY_RESUME: resume } = environment;
  if (id && !isRunId(id))
    throw badOption(`RUNFERRY_RUN_ID is no run id: ${JSON.stringify(id)}`, "use one that runferry made");
  const aliases: { readonly [word: string]: Resume } = { "1": "allow", true: "allow", "0": "never", false: "never" };
  const wanted = resume ? (aliases[resume] ?? word("RESUME", resume, ["never", "allow", "must"])) : undefined;
  return { ...(id ? { id } : {}), ...(name ? { name } : {}), ...(wanted ? { resume: wanted } : {}) };
}

function word<W extends string>(name: string, told: string | undefined, words: readonly W[]): W | undefined {
  if (told === undefined) return undefined;
  const found = words.find((one) => one === told.toLowerCase());
  if (found !== undefined) return found;
  throw badOption(`RUNFERRY_${name} is ${JSON.stringify(told)}`, `set it to one of ${words.join(", ")}`);
}

/** `a=b,c=d` */
function tagsOf(told: string | undefined): Tags {
  const pairs = (told ?? "").split(",").filter((pair) => pair.trim() !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const equals = pair.indexOf("=");
      if (equals > 0) return [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()];
      throw badOption(`RUNFERRY_TAGS has ${JSON.stringify(pair)}, which is no name=value`, "write it as a=b,c=d");
    }),
  );
}
