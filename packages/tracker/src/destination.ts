import { resolve } from "node:path";
import { type Backend, type RunEvent, RunferryError, type Source } from "@runferry/core";
import { localBackend, localSource, openStore, refuseKernelFolder } from "@runferry/local";
import { mlflowUris, type Place, type PlaceKind, wandbPlaces } from "./places.ts";

/** A place, opened: what delivers to it, and what reads it back. */
export interface Destination extends Opened {
  /** As people write it: `tensorboard:./tb`; with the address where the environment gave it. */
  readonly name: string;
}

interface Opened {
  readonly backend: Backend;
  readonly source: Source;
  /** Whether secrets are masked on the way there: everywhere but in a local store. */
  readonly masks: boolean;
  /** Of servers: asks whether it is there and lets us in, and says what it is. Throws what is wrong, with the remedy. */
  readonly check?: (options?: { readonly signal?: AbortSignal }) => Promise<PlaceFacts>;
  readonly removal?: Removal;
  /** Takes a run that was deleted there out of the place's own trash. False where it has none. */
  readonly restore?: (run: string) => Promise<boolean>;
  /** What can be told again in place; undefined where a run that lacks anything has to be written anew. */
  readonly mends?: (event: RunEvent) => boolean;
}

/** How runs are taken away that runferry wrote there. */
export interface Removal {
  /** False where there is no such run. */
  remove(run: string): Promise<boolean>;
  /** Where they go, for people. */
  readonly where: string;
}

/** What a server says of itself: `version`, `log-in`. */
export type PlaceFacts = { readonly [fact: string]: string };

interface Surroundings {
  readonly cwd: string;
  readonly env: { readonly [name: string]: string | undefined };
}

interface Kind {
  /** What a place without an address, or with this one, means: canonical, and without credentials. */
  addressOf(told: string | undefined, surroundings: Surroundings): string;
  /** The package of a kind is only loaded here, so that a kind nobody uses costs nothing. */
  open(address: string, surroundings: Surroundings): Promise<Opened>;
}

function tablesKind(kind: "csv" | "parquet"): Kind {
  return {
    addressOf: (told, { cwd }) => folderOf(kind, told, cwd),
    async open(folder) {
      const { csv, csvSource, parquet, parquetSource, removeRun } = await import("@runferry/tables");
      const [backend, source] = kind === "csv" ? [csv, csvSource] : [parquet, parquetSource];
      const removal = { remove: (run: string) => removeRun(folder, run), where: `to ${folder}.trash` };
      return { backend: backend({ dir: folder }), source: source(folder), masks: true, removal };
    },
  };
}

/** The kinds that this version can deliver to. */
const kinds: { readonly [K in PlaceKind]: Kind } = {
  local: {
    addressOf: (told, { cwd }) => folderOf("local", told, cwd),
    open: async (folder) => ({
      backend: localBackend(folder),
      source: localSource(folder),
      masks: false,
      removal: {
        async remove(run) {
          const store = openStore(folder, { create: false });
          if (!store.has(run)) return false;
          store.trash.put([run]);
          return true;
        },
        where: "to the trash of that store",
      },
    }),
  },
  tensorboard: {
    addressOf: (told, { cwd }) => folderOf("tensorboard", told, cwd),
    async open(folder) {
      const { createRemoveRun, tensorboard, tensorboardSource } = await import("@runferry/tensorboard");
      return {
        backend: tensorboard({ logdir: folder }),
        source: tensorboardSource(folder),
        masks: true,
        removal: { remove: createRemoveRun(folder), where: `to ${folder}.trash` },
      };
    },
  },
  mlflow: {
    addressOf: (told, { env }) => mlflowUris().trackingPlace(told ?? env.MLFLOW_TRACKING_URI),
    async open(uri, { env }) {
      const { checkServer, mlflow, mlflowSource, removeRun, restoreRun } = await import("@runferry/mlflow");
      return {
        backend: mlflow({ uri, env }),
        source: mlflowSource({ uri, env }),
        masks: true,
        async check(options) {
          const { version, login } = await checkServer({ uri, env, ...options });
          return { server: version === undefined ? "MLflow" : `MLflow ${version}`, "log-in": login };
        },
        removal: {
          remove: (run) => removeRun({ uri, env }, run),
          where: "deleted; MLflow can restore them until mlflow gc",
        },
        restore: (run) => restoreRun({ uri, env }, run),
        mends: () => true,
      };
    },
  },
  wandb: {
    addressOf: (told, { env }) => wandbPlaces().placeAddress(told, env),
    async open(address, { env }) {
      const { checkWandb, placeParts, removeRun, wandb, wandbSource } = await import("@runferry/wandb");
      const options = { ...placeParts(address), env };
      return {
        backend: wandb(options),
        source: wandbSource(options),
        masks: true,
        async check(more) {
          const { user, entity } = await checkWandb({ ...options, ...more });
          return { server: "W&B", "log-in": user, entity };
        },
        removal: {
          remove: (run) => removeRun(options, run),
          where: "deleted for good; W&B takes no run of these ids again",
        },
        // Rows of the history have their places.
        mends: ({ kind }) => kind === "params.set" || kind === "tags.set" || kind === "artifact.logged",
      };
    },
  },
  "wandb-offline": {
    addressOf: (told, { cwd }) => folderOf("wandb-offline", told, cwd),
    async open(folder) {
      const { createRemoveOfflineRun, wandbOffline, wandbOfflineSource } = await import("@runferry/wandb");
      return {
        backend: wandbOffline({ dir: folder }),
        source: wandbOfflineSource(folder),
        masks: true,
        removal: { remove: createRemoveOfflineRun(folder), where: `to ${folder}.trash` },
      };
    },
  },
  csv: tablesKind("csv"),
  parquet: tablesKind("parquet"),
};

/**
 * The place with the address that it means here and now: what the environment names, a folder as a whole path. It goes on
 * meaning the same wherever it is opened. Throws `bad_option` where there is none.
 */
export function resolvePlace(
  place: Place,
  { cwd = process.cwd(), env = process.env }: Partial<Surroundings> = {},
): Place & { readonly address: string } {
  return { ...place, address: kinds[place.kind].addressOf(place.address, { cwd, env }) };
}

/** Opens a place. Nothing is written or asked there yet. Credentials come from `env`. */
export async function openDestination(
  place: Place,
  cwd: string = process.cwd(),
  env: Surroundings["env"] = process.env,
): Promise<Destination> {
  const { kind, address, name } = resolvePlace(place, { cwd, env });
  const opened = await kinds[place.kind].open(address, { cwd, env });
  return { name: name ?? `${kind}:${place.address ?? address}`, ...opened };
}

function folderOf(kind: PlaceKind, told: string | undefined, cwd: string): string {
  if (told !== undefined) {
    const folder = resolve(cwd, told);
    refuseKernelFolder(folder);
    return folder;
  }
  throw new RunferryError("bad_option", `the place ${kind} does not say which folder`, {
    hint: `name it, for example ${kind}:./${kind}`,
    data: "nothing was written",
  });
}
