import {
  type Deliveries,
  type Delivery,
  isJsonObject,
  type Json,
  parseJson,
  RunferryError,
  stringifyJson,
} from "@runferry/core";
import { writeAtomically } from "./atomic-file.ts";
import { type FileSystem, ifPresent, namesIn } from "./file-system.ts";
import type { Layout } from "./layout.ts";
import { explaining } from "./system-trouble.ts";

export interface StoredDeliveries extends Deliveries {
  /** The destinations that something is saved of for a run. */
  destinations(run: string): readonly string[];
  /** Forgets how far a destination got; false where nothing was known. */
  forget(run: string, destination: string): boolean;
}

/** Deliveries as files in the folder of their run. */
export function fileDeliveries(layout: Layout, fileSystem: FileSystem): StoredDeliveries {
  return {
    async load(run, destination) {
      const path = layout.run(run).delivery(destination);
      const text = ifPresent(() => fileSystem.readFileSync(path, "utf8"));
      return text === undefined ? undefined : parseDelivery(text, path);
    },
    async save(run, delivery) {
      const own = layout.run(run);
      const data = "what was saved before still stands; a crash now repeats some deliveries, which changes nothing";
      explaining(`the progress of run ${run} to ${delivery.destination} could not be saved`, data, () => {
        fileSystem.mkdirSync(own.deliveries, { recursive: true });
        const text = stringifyJson(delivery as unknown as Json);
        writeAtomically(fileSystem, own.delivery(delivery.destination), `${text}\n`);
      });
    },
    forget(run, destination) {
      const path = layout.run(run).delivery(destination);
      return ifPresent(() => [fileSystem.unlinkSync(path)]) !== undefined;
    },
    destinations: (run) =>
      namesIn(fileSystem, layout.run(run).deliveries)
        .filter((name) => name.endsWith(".json") && name !== "lease.json")
        .map((name) => name.slice(0, -".json".length))
        .sort(),
  };
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

function unreadable(path: string, cause: unknown): RunferryError {
  return new RunferryError("damaged", `${path} does not hold the progress of a delivery`, {
    hint: "remove the file: the delivery then starts over, and finds what has arrived already",
    data: "the journal is not touched, and nothing was sent",
    cause,
  });
}
