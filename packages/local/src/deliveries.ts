import { isAbsolute } from "node:path";
import {
  type Deliveries,
  type Delivery,
  isJsonObject,
  type Json,
  parseJson,
  RunferryError,
  readThrough,
  stringifyJson,
} from "@runferry/core";
import { replaceForNow, writeAtomically } from "./atomic-file.ts";
import { behindIn } from "./behind.ts";
import { type FileSystem, ifPresent, namesIn, systemCode } from "./file-system.ts";
import { streamNames } from "./journal-reader.ts";
import { type Layout, placesFile } from "./layout.ts";
import { holdLease, type Lease } from "./lease.ts";
import { judgeLock } from "./lock.ts";
import type { ProcessIdentity } from "./process-identity.ts";
import { explaining } from "./system-trouble.ts";

export interface StoredDeliveries extends Deliveries {
  /** The destinations that something is saved of for a run. */
  destinations(run: string): readonly string[];
  /** What `load` gives, at once. */
  saved(run: string, destination: string): Delivery | undefined;
  /** Where the run is to be delivered, as `kind:address`. A cursor of a place that is not among them is kept. */
  places(run: string): readonly string[];
  setPlaces(run: string, places: readonly string[]): void;
  /** Takes the right to deliver the run there, for one process at a time. Throws `locked` where another has it. */
  lease(run: string, destination: string): Lease;
  /** The process that has that right. */
  leaseHolder(run: string, destination: string): ProcessIdentity | "unknown" | undefined;
  /** Whether everything that is in the journal now was delivered there. Cheap where nothing was written since. */
  isSettled(run: string, destination: string): boolean;
  /** Forgets how far a destination got; false where nothing was known. */
  forget(run: string, destination: string): boolean;
}

/** Deliveries as files in the folder of their run. */
export function fileDeliveries(layout: Layout, fileSystem: FileSystem, identity: ProcessIdentity): StoredDeliveries {
  function saved(run: string, destination: string): Delivery | undefined {
    const path = layout.run(run).delivery(destination);
    const text = ifPresent(() => fileSystem.readFileSync(path, "utf8"));
    return text === undefined || isVoid(text) ? undefined : parseDelivery(text, path);
  }

  function isSettled(run: string, destination: string): boolean {
    const own = layout.run(run);
    const delivery = saved(run, destination);
    if (delivery?.state !== "delivered") return false;
    const { mtimeMs } = fileSystem.statSync(own.delivery(destination));
    return streamNames(fileSystem, own).every((stream) => {
      const path = own.stream(stream);
      if (fileSystem.statSync(path).mtimeMs < mtimeMs) return true;
      const { through, bulk } = readThrough(delivery, stream);
      return behindIn(fileSystem, path, Math.min(through, bulk)).events === 0;
    });
  }

  return {
    saved,
    isSettled,
    load: async (run, destination) => saved(run, destination),
    places(run) {
      const path = layout.run(run).places;
      const text = ifPresent(() => fileSystem.readFileSync(path, "utf8"));
      return text === undefined ? [] : parsePlaces(text, path);
    },
    setPlaces(run, places) {
      const own = layout.run(run);
      explaining(`the destinations of run ${run} could not be saved`, "the run itself is not affected", () => {
        makeFolder(fileSystem, own.deliveries);
        writeAtomically(fileSystem, own.places, `${JSON.stringify({ places })}\n`);
      });
    },
    lease(run, destination) {
      const own = layout.run(run);
      return explaining(`the delivery of run ${run} could not be noted in the store`, "nothing was sent", () => {
        makeFolder(fileSystem, own.deliveries);
        return holdLease(own.lease(destination), `the delivery of run ${run} to ${destination}`, fileSystem, identity);
      });
    },
    leaseHolder(run, destination) {
      const found = judgeLock(layout.run(run).lease(destination), { fileSystem, identity });
      return found.state === "held" ? (found.holder ?? "unknown") : undefined;
    },
    async save(run, delivery) {
      const own = layout.run(run);
      const data = "what was saved before still stands; a crash now repeats some deliveries, which changes nothing";
      explaining(`the progress of run ${run} to ${delivery.destination} could not be saved`, data, () => {
        makeFolder(fileSystem, own.deliveries);
        // What lies in a folder is not synced either: a cursor that outlives a power cut would only be ahead of it.
        const write = isAbsolute(delivery.address) ? replaceForNow : writeAtomically;
        write(fileSystem, own.delivery(delivery.destination), `${stringifyJson(delivery as unknown as Json)}\n`);
      });
    },
    forget(run, destination) {
      const path = layout.run(run).delivery(destination);
      return ifPresent(() => [fileSystem.unlinkSync(path)]) !== undefined;
    },
    destinations: (run) =>
      namesIn(fileSystem, layout.run(run).deliveries)
        .filter((name) => name.endsWith(".json") && name !== placesFile)
        .map((name) => name.slice(0, -".json".length))
        .sort(),
  };
}

/** A power cut has emptied it: nothing was saved, and what is told again is there once. */
function isVoid(text: string): boolean {
  return /^\0*$/.test(text);
}

function parseDelivery(text: string, path: string): Delivery {
  let parsed: Json;
  try {
    parsed = parseJson(text);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  if (!isJsonObject(parsed) || !isJsonObject(parsed.streams) || typeof parsed.address !== "string") {
    throw unreadable(path, undefined);
  }
  return parsed as unknown as Delivery;
}

/** Only in a run that is there: one that was deleted meanwhile must not come back as an empty folder. */
function makeFolder(fileSystem: FileSystem, folder: string): void {
  try {
    fileSystem.mkdirSync(folder);
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST") throw cause;
  }
}

function parsePlaces(text: string, path: string): readonly string[] {
  let parsed: Json;
  try {
    parsed = JSON.parse(text) as Json;
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const places = isJsonObject(parsed) ? parsed.places : undefined;
  if (!Array.isArray(places) || !places.every((place) => typeof place === "string")) throw unreadable(path, undefined);
  return places;
}

function unreadable(path: string, cause: unknown): RunferryError {
  return new RunferryError("damaged", `${path} does not hold the progress of a delivery`, {
    hint: "remove the file: the delivery then starts over, and finds what has arrived already",
    data: "the journal is not touched, and nothing was sent",
    cause,
  });
}
