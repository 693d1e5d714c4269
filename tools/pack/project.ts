// A project somewhere else that uses the packages as npm would publish them.
import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { repository } from "../bundled-node.mjs";
import { npm, orThrow, type Packed } from "./pack.ts";

const typesOfNode = "@types/node";

/**
 * Without a registry: the packages are what was packed, and each finds only those of the repository's third-party
 * packages that it declares.
 */
export function linkProject(folder: string, packages: readonly Packed[]): void {
  writeManifest(folder);
  const ours = new Set(packages.map(({ manifest }) => manifest.name));
  for (const { manifest, unpacked, folder: origin } of packages) {
    const home = join(folder, "node_modules", manifest.name);
    cpSync(unpacked, home, { recursive: true });
    const others = Object.keys({ ...manifest.dependencies }).filter((name) => !ours.has(name));
    for (const name of others) link(name, origin, home);
  }
  link(typesOfNode, repository, folder);
}

/** As its user would: npm installs the packed files, and the rest from its registry. `more` are packages besides. */
export async function installProject(
  folder: string,
  packages: readonly Packed[],
  more: readonly string[],
): Promise<void> {
  writeManifest(folder);
  const words = [...packages.map(({ tarball }) => tarball), `${typesOfNode}@22`, ...more];
  orThrow(await npm(["install", "--no-audit", "--no-fund", ...words], folder));
}

function writeManifest(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
}

function link(name: string, from: string, to: string): void {
  const place = join(to, "node_modules", name);
  mkdirSync(dirname(place), { recursive: true });
  symlinkSync(findPackage(name, from), place, "junction");
}

function findPackage(name: string, from: string): string {
  const places = createRequire(join(from, "package.json")).resolve.paths(name) ?? [];
  const found = places.map((place) => join(place, name)).find((place) => existsSync(join(place, "package.json")));
  if (found === undefined) throw new Error(`${name} is not installed for ${from}. Run: npm ci`);
  return realpathSync(found);
}
