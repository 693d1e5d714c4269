import { dirname, join, resolve } from "node:path";
import { type FileSystem, ifPresent, nodeFileSystem } from "./file-system.ts";
import { layoutOf } from "./layout.ts";

/** What a store's folder is called where nobody named it. */
export const defaultStoreName = "runferry";

/** The nearest store of that name in `folder` or above it, or undefined. */
export function findStore(folder: string, fileSystem: FileSystem = nodeFileSystem): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const { folder: store, storeFile } = layoutOf(join(at, defaultStoreName));
    if (ifPresent(() => fileSystem.statSync(storeFile))?.isFile()) return store;
    if (dirname(at) === at) return undefined;
  }
}
