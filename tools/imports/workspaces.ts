import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, sep } from "node:path";

type Dependencies = Readonly<Record<string, string>>;

export type Manifest = {
  readonly name: string;
  readonly version?: string;
  readonly private?: boolean;
  readonly scripts?: Dependencies;
  readonly exports?: Readonly<Record<string, unknown>>;
  readonly dependencies?: Dependencies;
  readonly peerDependencies?: Dependencies;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
  readonly optionalDependencies?: Dependencies;
  readonly devDependencies?: Dependencies;
};

export type Workspace = {
  /** `packages/core`, or the empty string for the root. */
  readonly folder: string;
  /** The last part of the folder. */
  readonly short: string;
  readonly isApp: boolean;
  readonly manifest: Manifest;
};

function readManifest(file: string): Manifest {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { name: "" };
}

/** The root of a tree, as a workspace: it owns the tools, examples and benches. */
export function readRoot(tree: string): Workspace {
  return { folder: "", short: "", isApp: false, manifest: readManifest(join(tree, "package.json")) };
}

/** The packages and apps of a tree. */
export function readWorkspaces(tree: string): readonly Workspace[] {
  return globSync(["packages/*/package.json", "apps/*/package.json"], { cwd: tree })
    .map((file) => file.split(sep).join("/"))
    .sort()
    .map((file) => ({
      folder: dirname(file),
      short: file.split("/")[1] ?? "",
      isApp: file.startsWith("apps/"),
      manifest: readManifest(join(tree, file)),
    }));
}

/** The names that whoever installs the package gets with it. */
export function shippedDependencies({ manifest }: Workspace): readonly string[] {
  return Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies });
}

export function developmentDependencies({ manifest }: Workspace): readonly string[] {
  return Object.keys({ ...manifest.devDependencies });
}
