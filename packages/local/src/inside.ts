import { sep } from "node:path";
import { type FileSystem, ifPresent } from "./file-system.ts";

/** Whether a path, all links followed, lies in a folder. Not where either is missing. */
export function isInside(fileSystem: FileSystem, folder: string, path: string): boolean {
  const real = ifPresent(() => fileSystem.realpathSync(path));
  const around = ifPresent(() => fileSystem.realpathSync(folder));
  return real !== undefined && around !== undefined && (real === around || real.startsWith(around + sep));
}
