import { isJsonObject, type JsonObject } from "@runferry/core";
import { parseYaml } from "./yaml.ts";

/** Whether a file of a run is what Hydra composed its configuration to. */
export function isHydraConfig(path: string): boolean {
  return /(?:^|\/)\.hydra\/config\.yaml$/.test(path);
}

/** Configurations are written by people: a larger file is none. */
export const longestConfig: number = 1024 * 1024;

/** The params of the configuration that lies nearest to the top; undefined where none can be read. */
export function hydraParams(configs: ReadonlyMap<string, string>): JsonObject | undefined {
  const [first] = [...configs.keys()].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (first === undefined) return undefined;
  try {
    const config = parseYaml(configs.get(first)!);
    return isJsonObject(config) ? config : undefined;
  } catch {
    return undefined; // somebody's file of that name; it is there as it is
  }
}
