import { readdir, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { isFolder } from "../run/read-entries.ts";

/** Where the files below an address lie on this machine: undefined where there are none, `away` where it is elsewhere. */
export type ArtifactPlace = { readonly folder: string | undefined } | { readonly away: string };

export interface ArtifactPlaces {
  /** `usual`: the folder in which the store itself would keep them. */
  find(address: string, usual?: string): Promise<ArtifactPlace>;
}

/** Where servers and clients put files that go with a store, as they are called unless somebody says otherwise. */
const usualNames = ["mlartifacts", "mlruns", "artifacts"];

/**
 * Finds the artifacts that records of a store name, though the store came from another machine or folder. Nothing
 * outside `root` is looked at but what `moved` names: old beginnings of addresses, and the folders that hold them now.
 */
export function createArtifactPlaces(root: string, moved: ReadonlyMap<string, string> = new Map()): ArtifactPlaces {
  const olds = [...moved]
    .map(([old, now]) => [withoutEnd(old), now] as const)
    .sort((a, b) => b[0].length - a[0].length);

  return {
    async find(address, usual) {
      const path = pathOf(address);
      for (const [old, now] of olds) {
        for (const one of [address, path]) {
          if (one !== undefined && (one === old || one.startsWith(`${old}/`))) {
            return within(now, join(now, ...partsOf(one.slice(old.length))));
          }
        }
      }
      if (usual !== undefined && (path !== undefined || (await holdsAnything(usual)))) {
        if (await isFolder(usual)) return within(root, usual);
      }
      if (path === undefined) return { away: address };
      const parts = partsOf(path);
      if (path.startsWith(`${root}/`)) return within(root, path);
      // `<experiment>/<run>/artifacts` or `<experiment>/models/<model>/artifacts`, wherever that was
      const length = parts.at(-3) === "models" ? 4 : 3;
      const holder = parts.at(-length - 1);
      let isHere = usual?.endsWith(join(sep, ...parts.slice(-length))) === true;
      for (const name of [...usualNames, ""]) {
        const base = join(root, name);
        for (const tail of [parts, parts.slice(-length)]) {
          const folder = join(base, ...tail);
          if (tail.length > 0 && (await isFolder(folder))) return within(root, folder);
        }
        const isProxy = name === "mlartifacts" && isProxied(address);
        if (name !== "" && (isProxy || name === holder) && (await isFolder(base))) isHere = true;
      }
      return isHere ? { folder: undefined } : { away: address };
    },
  };
}

function isProxied(address: string): boolean {
  return address.startsWith("mlflow-artifacts:");
}

/** The path of an address that can be a folder here; undefined for a store elsewhere. */
function pathOf(address: string): string | undefined {
  const plain = address.replaceAll("\\", "/");
  if (/^(?:\/|\.{1,2}\/|[A-Za-z]:\/)/.test(plain)) return withoutEnd(plain);
  const found = /^(?:file|mlflow-artifacts):(?:\/\/[^/]*)?(\/.*)$/.exec(plain);
  if (!found) return undefined;
  try {
    return withoutEnd(decodeURIComponent(found[1]!));
  } catch {
    return withoutEnd(found[1]!);
  }
}

function withoutEnd(address: string): string {
  return address.replace(/\/+$/, "");
}

function partsOf(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
}

async function within(root: string, folder: string): Promise<ArtifactPlace> {
  if (!(await isFolder(folder))) return (await isFolder(root)) ? { folder: undefined } : { away: folder };
  const [inside, target] = [await realpath(root), await realpath(folder)];
  return target === inside || target.startsWith(inside + sep) ? { folder } : { away: target };
}

async function holdsAnything(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0;
}
