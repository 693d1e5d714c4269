import type { Environment } from "@runferry/http";
import { resolveConnection } from "./connection.ts";

/** A server, and where on it runs go; what is left out there is decided by the key and by each run. */
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
  const { baseUrl, entity = "", project = "" } = resolveConnection({ ...placeParts(told), env });
  return `${baseUrl}/${entity}/${project}`.replace(/\/+$/, "");
}

export function placeParts(told = ""): PlaceParts {
  const url = /^https?:/i.test(told) ? URL.parse(told) : undefined;
  const path = (url?.pathname.replace(/^\//, "") ?? told).split("/");
  const project = path.pop();
  const entity = path.pop();
  return {
    ...(url ? { baseUrl: [url.origin, ...path].join("/") } : {}),
    ...(entity ? { entity: decodeURIComponent(entity) } : {}),
    ...(project ? { project: decodeURIComponent(project) } : {}),
  };
}
