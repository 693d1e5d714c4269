import { RunferryError } from "@runferry/core";
import type { Environment } from "@runferry/http";
import { type Connection, resolveConnection } from "./connection.ts";

/** A server, and where on it runs go. What is left out the environment decides; what is empty, the key and each run. */
export interface PlaceParts {
  readonly baseUrl?: string;
  readonly entity?: string;
  readonly project?: string;
}

/**
 * The one way to write where runs go: `https://host/entity/project`. `told` is that, `entity/project`, `project` or
 * nothing; the environment and W&B's own files say the rest. Throws `bad_option` where there is no such place.
 */
export function placeAddress(told: string | undefined, env: Environment): string {
  return addressOf(resolveConnection({ ...placeParts(told), env }));
}

/** Both slashes stand in any case, so that it is read the same wherever it is opened. */
export function addressOf({
  baseUrl,
  entity = "",
  project = "",
}: Pick<Connection, "baseUrl" | "entity" | "project">): string {
  return `${baseUrl}/${encodeURIComponent(entity)}/${encodeURIComponent(project)}`;
}

export function placeParts(told = ""): PlaceParts {
  const url = /^https?:/i.test(told) ? URL.parse(told) : undefined;
  const path = (url?.pathname.replace(/^\//, "") ?? told).split("/");
  const [entity, project] = path.length > 1 ? path.splice(-2) : [undefined, path.pop() || undefined];
  return {
    ...(url ? { baseUrl: [url.origin, ...path].join("/") } : {}),
    ...(entity === undefined ? {} : { entity: decoded(entity) }),
    ...(project === undefined ? {} : { project: decoded(project) }),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new RunferryError("bad_option", `the address of a place at W&B has ${JSON.stringify(part)} in it`, {
      hint: "write % as %25",
      data: "nothing was written",
    });
  }
}
