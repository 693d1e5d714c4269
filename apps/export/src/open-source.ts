import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { RunferryError, type Source } from "@runferry/core";
import { findLayout, type Layout, layouts, presetLayouts } from "@runferry/layouts";
import { localSource, type TakenFrom } from "@runferry/local";
import { type NamedPlaces, openDestination, parsePlace } from "@runferry/tracker";
import { runsAtOnceAt } from "./in-order.ts";

export interface OpenSourceOptions {
  /** What times without a zone are in, an IANA name. Default: the zone of this machine. */
  readonly timezone?: string;
  /** Also runs that were deleted in MLflow and are still in its store. */
  readonly deleted?: boolean;
  /** Folders that hold artifacts now, by what their addresses in MLflow's store begin with. */
  readonly artifactRoots?: ReadonlyMap<string, string>;
  /** Places by name, as in `runferry.yaml`. */
  readonly places?: NamedPlaces;
  /** The layout to read a folder as, instead of the one it is known to be. */
  readonly layout?: Layout;
}

/** Runs that can be read, wherever they are. */
export interface OpenedSource {
  /** As people named it. */
  readonly name: string;
  /** What it is: `lab`, `tensorboard`, `mlflow`. */
  readonly layout: string;
  readonly source: Source;
  /** The zone that decided where times had none; undefined where all had one. */
  readonly guessedZone?: () => string | undefined;
  /** Where it lies on this disk, and in which zone its times are read; undefined for servers. */
  readonly takenFrom?: () => TakenFrom;
  /** How many runs are read at once. Default: 1. */
  readonly atOnce?: number;
  close(): Promise<void>;
}

async function nothingToClose(): Promise<void> {
  // Files are open only while they are read.
}

/** Opens a folder, whichever tool filled it, or a file that is a store, or a place such as `mlflow:http://localhost:5000`. Nothing is written. */
export async function openSource(text: string, options: OpenSourceOptions = {}): Promise<OpenedSource> {
  try {
    const folder = text.endsWith("/*") ? text.slice(0, -2) : text; // all runs in it, as some name them
    return await opened(text, resolve(folder), options);
  } catch (cause) {
    throw cause instanceof Error && "syscall" in cause ? unreadable(text, cause) : cause;
  }
}

async function opened(text: string, folder: string, options: OpenSourceOptions): Promise<OpenedSource> {
  if (!existsSync(folder) && options.layout) throw noFolder(folder);
  if (!existsSync(folder)) return openPlace(text, options.places);
  const takenFrom = (zone = options.timezone) => ({ folder, ...(zone === undefined ? {} : { zone }) });
  const head = { name: text, takenFrom: () => takenFrom(), close: nothingToClose };
  if (options.layout && !(await options.layout.detect(folder))) throw notOfLayout(folder, options.layout);
  if (!options.layout && existsSync(join(folder, "store.json")))
    return { ...head, layout: "local", source: localSource(folder) };
  const layout = options.layout ?? (await findLayout(folder));
  if (layout) {
    const source = layout.source(folder, options);
    const zoned = () => takenFrom(options.timezone ?? source.guessedZone);
    return { ...head, layout: layout.name, source, guessedZone: () => source.guessedZone, takenFrom: zoned };
  }
  if (!statSync(folder).isDirectory()) throw noFolder(folder);
  const { csvSource, kindOfFolder, parquetSource } = await import("@runferry/tables");
  const tables = await kindOfFolder(folder);
  if (tables) return { ...head, layout: tables, source: tables === "csv" ? csvSource(folder) : parquetSource(folder) };
  const { tensorboardSource } = await import("@runferry/tensorboard");
  const source = tensorboardSource(folder);
  for await (const _run of source.runs()) return { ...head, layout: "tensorboard", source };
  const { wandbOfflineSource } = await import("@runferry/wandb");
  const offline = wandbOfflineSource(folder);
  for await (const _run of offline.runs()) return { ...head, layout: "wandb-offline", source: offline };
  throw unknownLayout(folder);
}

async function openPlace(text: string, places: NamedPlaces = {}): Promise<OpenedSource> {
  if (!/^[\w-]+(:|$)/.test(text) || text.includes("/") !== text.includes(":")) throw noFolder(resolve(text));
  if (!text.includes(":") && !Object.hasOwn(places, text) && !/^(mlflow|wandb)$/.test(text))
    throw noFolder(resolve(text));
  const place = parsePlace(text, places);
  if (place.kind === "local") throw noFolder(resolve(place.address ?? "."));
  const opened = await openDestination(place);
  const { backend, source } = opened;
  return { name: text, layout: place.kind, source, atOnce: runsAtOnceAt(opened), close: () => backend.close() };
}

function noFolder(folder: string): RunferryError {
  return new RunferryError("not_found", `${folder} is no folder`, {
    hint: "name the folder in which the runs lie, or a place such as mlflow:http://localhost:5000",
    data: "nothing was read",
  });
}

function unknownLayout(folder: string): RunferryError {
  const marks = [
    ["runferry", "store.json"],
    ...[...layouts.filter(({ name }) => name !== "trainers"), ...presetLayouts].map(({ name, mark }) => [name, mark]),
    ["csv, parquet", "runferry-tables.json"],
    ["tensorboard", "event files"],
    ["wandb-offline", "wandb/*/run-*.wandb"],
  ];
  const lines = marks.map(([name = "", mark]) => `\n    ${name.padEnd(15)}${mark}`);
  return new RunferryError("not_found", `${folder} holds no runs in a layout that is known`, {
    hint: `name a folder that holds one of these, or describe yours in runferry.yaml (--layout):${lines.join("")}`,
    data: "nothing was read",
  });
}

function unreadable(folder: string, cause: Error): RunferryError {
  return new RunferryError("unavailable", `${folder} cannot be read: ${cause.message}`, {
    hint: "give this user the right to read it and what is in it",
    data: "nothing was read",
    cause,
  });
}

function notOfLayout(folder: string, { name, mark }: Layout): RunferryError {
  return new RunferryError("not_found", `${folder} holds no runs in the layout ${name}`, {
    hint: `looked for ${mark}`,
    data: "nothing was read",
  });
}
