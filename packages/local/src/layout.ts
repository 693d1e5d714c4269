import { createHash } from "node:crypto";
import { join } from "node:path";
import { isRunId, RunferryError } from "@runferry/core";

/** Where everything is in a store. Nothing but this file knows a name of it. */
export interface Layout {
  readonly folder: string;
  readonly storeFile: string;
  readonly experiments: string;
  readonly runs: string;
  readonly trash: string;
  readonly cache: string;
  readonly reports: string;
  /** What the processes that deliver have to say. */
  readonly deliveryLog: string;
  experiment(name: string): ExperimentLayout;
  run(id: string): RunLayout;
  trashed(id: string): string;
}

export interface ExperimentLayout {
  readonly folder: string;
  readonly file: string;
  readonly names: string;
}

export interface RunLayout {
  readonly folder: string;
  readonly journal: string;
  stream(name: string): string;
  lock(stream: string): string;
  readonly artifacts: string;
  readonly replaced: string;
  readonly media: string;
  /** Where files lie that were left in their place. */
  readonly left: string;
  /** Files on their way in, before they get their name. */
  readonly incoming: string;
  delivery(destination: string): string;
  /** Who delivers there at present. */
  lease(destination: string): string;
  /** Where the run is to be delivered. */
  readonly places: string;
  readonly deliveries: string;
}

export function layoutOf(folder: string): Layout {
  return {
    folder,
    storeFile: join(folder, "store.json"),
    experiments: join(folder, "experiments"),
    runs: join(folder, "runs"),
    trash: join(folder, "trash"),
    cache: join(folder, "cache"),
    reports: join(folder, "reports"),
    deliveryLog: join(folder, "delivery.log"),
    experiment(name) {
      const own = join(folder, "experiments", experimentFolder(name));
      return { folder: own, file: join(own, "experiment.json"), names: join(own, "names") };
    },
    run: (id) => runLayout(join(folder, "runs", checkedId(id))),
    trashed: (id) => join(folder, "trash", checkedId(id)),
  };
}

export function runLayout(folder: string): RunLayout {
  const journal = join(folder, "journal");
  const artifacts = join(folder, "artifacts");
  return {
    folder,
    journal,
    stream: (name) => join(journal, `${checkedStream(name)}.ndjson`),
    lock: (stream) => join(journal, `${checkedStream(stream)}.lock`),
    artifacts,
    replaced: join(artifacts, replacedFolder),
    media: join(folder, "media"),
    left: join(folder, "left.ndjson"),
    incoming: join(folder, ".incoming"),
    delivery: (destination) => join(folder, "delivery", `${checkedDestination(destination)}.json`),
    lease: (destination) => join(folder, "delivery", `${checkedDestination(destination)}.lease`),
    places: join(folder, "delivery", placesFile),
    deliveries: join(folder, "delivery"),
  };
}

export const placesFile = "places.json";

/** The folder in `artifacts` that is ours; no file of the user may have a path in it. */
export const replacedFolder = ".replaced";

const streamPattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** The name of the stream that a file in `journal/` holds, or undefined for other files. */
export function streamOfFile(file: string): string | undefined {
  const name = file.endsWith(".ndjson") ? file.slice(0, -".ndjson".length) : "";
  return streamPattern.test(name) ? name : undefined;
}

/** A folder name for any text: readable, and different for different texts. */
export function experimentFolder(name: string): string {
  const slug = name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 60);
  return `${slug || "experiment"}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}

function checkedId(id: string): string {
  if (isRunId(id)) return id;
  throw badName(`${JSON.stringify(id)} is no run id`, "give the 26 characters that name the folder of the run");
}

function checkedStream(name: string): string {
  if (streamPattern.test(name)) return name;
  throw badName(
    `${JSON.stringify(name)} cannot name a stream`,
    "use 1 to 100 letters, digits, dots, dashes and underscores, and begin with a letter or digit",
  );
}

function checkedDestination(name: string): string {
  if (/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name) && name !== "places") return name;
  throw badName(`${JSON.stringify(name)} is no name of a destination`, "make it with destinationName()");
}

function badName(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}
