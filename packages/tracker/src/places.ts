import { createRequire } from "node:module";
import { RunferryError } from "@runferry/core";
import { aside } from "./near-names.ts";

export type PlaceKind = "local" | "mlflow" | "wandb" | "wandb-offline" | "tensorboard" | "csv" | "parquet";

/** Somewhere runs can be delivered to, as `kind[:address]` says it. */
export interface Place {
  readonly kind: PlaceKind;
  /** Without one, the kind's own environment decides. Never holds credentials. */
  readonly address?: string;
  /** What `runferry.yaml` calls it. */
  readonly name?: string;
}

export type NamedPlaces = { readonly [name: string]: string };

type CheckAddress = (address: string) => string | undefined;

const folder: CheckAddress = (address) => (address.includes("\0") ? "must be a folder" : undefined);

const checks: { readonly [K in PlaceKind]: CheckAddress } = {
  local: folder,
  mlflow: (address) => void mlflowUris().trackingUri(address), // throws
  wandb: (address) => {
    if (/^[\w.-]+(\/[\w.-]+)?$/.test(address)) return undefined;
    if (!/^https?:\/\/[^/\s]+(\/[^/?#\s]*)*$/.test(address)) return "must be entity/project or project";
    wandbPlaces().placeAddress(address, {}); // throws
    return undefined;
  },
  "wandb-offline": folder,
  tensorboard: folder,
  csv: folder,
  parquet: folder,
};

/** At once, since a run starts at once, and without the client, which takes long to load. */
export function mlflowUris(): typeof import("@runferry/mlflow/tracking-uri") {
  return createRequire(import.meta.url)("@runferry/mlflow/tracking-uri");
}

/** The same of W&B. */
export function wandbPlaces(): typeof import("@runferry/wandb/place-address") {
  return createRequire(import.meta.url)("@runferry/wandb/place-address");
}

const kinds = Object.keys(checks) as readonly PlaceKind[];

/** Reads `kind[:address]` or a name of `runferry.yaml`. Throws `bad_option` for what is neither. */
export function parsePlace(text: string, places: NamedPlaces = {}): Place {
  const named = Object.hasOwn(places, text) ? places[text] : undefined;
  if (named !== undefined) return { ...parsePlace(named), name: text };
  const colon = text.indexOf(":");
  const kind = colon < 0 ? text : text.slice(0, colon);
  if (!isKind(kind)) throw unknownPlace(kind, Object.keys(places));
  if (colon < 0) return { kind };
  const address = text.slice(colon + 1);
  refuseCredentials(kind, address);
  const problem = address === "" ? "must not be empty: leave out the colon as well" : checks[kind](address);
  if (problem === undefined) return { kind, address };
  throw badPlace(`the address in the place ${JSON.stringify(text)} ${problem}`, exampleOf(kind));
}

/** What `backend` means: one place, a list of places, or `both`, which is local and MLflow. */
export function parsePlaces(backend: string | readonly string[], places: NamedPlaces = {}): readonly Place[] {
  const texts = typeof backend === "string" ? backend.split(",").map((text) => text.trim()) : backend;
  const all = texts.flatMap((text) => (text === "both" ? ["local", "mlflow"] : text));
  return [...new Set(all)].map((text) => parsePlace(text, places));
}

function isKind(text: string): text is PlaceKind {
  return Object.hasOwn(checks, text);
}

/** The address itself is not repeated: it holds what must not be shown. */
function refuseCredentials(kind: PlaceKind, address: string): void {
  const url = URL.parse(address);
  const inQuery = /[?&#][^=]*(token|key|secret|password|auth)[^=]*=/i.test(address);
  const isKey = kind === "wandb" && /(^|[/@:])[0-9a-f]{40}($|[/@])/.test(address);
  if (!url?.username && !url?.password && !inQuery && !isKey && !/^https?:\/\/[^/]*@/.test(address)) return;
  throw badPlace(`the address of a place of kind ${kind} holds credentials`, remedies[kind] ?? "take them out of it");
}

const remedies: { readonly [kind: string]: string } = {
  mlflow:
    "take them out of it, and set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
  wandb: "take them out of it, and set WANDB_API_KEY, or run wandb login",
};

function exampleOf(kind: PlaceKind): string {
  if (kind === "mlflow") return "write mlflow alone to use MLFLOW_TRACKING_URI";
  if (kind === "wandb") return "for example wandb:team/ctr";
  return `for example ${kind}:./folder`;
}

/** Only the kind is repeated: what follows it may hold credentials. */
function unknownPlace(kind: string, names: readonly string[]): RunferryError {
  const near = /^https?$/.test(kind)
    ? " (did you mean mlflow: before the URL?)"
    : aside(kind, [...kinds, "both", ...names]);
  return badPlace(
    `there is no kind of place ${JSON.stringify(kind)}${near}`,
    `use one of ${kinds.join(", ")}, "both", or a name from runferry.yaml${names.length ? `: ${names.join(", ")}` : ""}`,
  );
}

function badPlace(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}
