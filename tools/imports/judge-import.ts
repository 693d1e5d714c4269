import { builtinModules } from "node:module";
import { posix } from "node:path";
import { developmentPackage, layers } from "./layers.ts";
import type { Import } from "./read-module.ts";
import { developmentDependencies, shippedDependencies, type Workspace } from "./workspaces.ts";

/** A broken rule: its name, and what is wrong and what to do. */
export type Fault = { readonly rule: string; readonly message: string };

export type Importer = {
  readonly path: string;
  readonly owner: Workspace;
  /** Whether the file is shipped, rather than a test or a tool. */
  readonly isSource: boolean;
};

type Surroundings = { readonly root: Workspace; readonly workspaces: readonly Workspace[] };

/** The npm package that a specifier names; undefined for a relative path and for Node's own modules. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith(".") || specifier.startsWith("/") || isBuiltin(specifier)) return undefined;
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The first rule that an import breaks. */
export function judgeImport(importer: Importer, found: Import, surroundings: Surroundings): Fault | undefined {
  const { specifier } = found;
  if (specifier.startsWith(".")) return judgeRelative(importer, specifier, surroundings.workspaces);
  if (isPureCore(importer) && isBuiltin(specifier)) {
    return fault(
      "core-imports-nothing",
      `core imports ${specifier}, but core runs anywhere. Let the caller hand it in.`,
    );
  }
  const name = packageOf(specifier);
  if (name === undefined) return undefined;
  const target = surroundings.workspaces.find((workspace) => workspace.manifest.name === name);
  if (target !== undefined) return judgeWorkspace(importer, target, found);
  if (isPureCore(importer)) {
    return fault(
      "core-imports-nothing",
      `core imports ${name}, but core has no dependencies. Let the caller hand it in.`,
    );
  }
  return judgeDeclared(importer, name, surroundings.root);
}

function judgeRelative(importer: Importer, specifier: string, workspaces: readonly Workspace[]): Fault | undefined {
  const { folder } = importer.owner;
  const target = posix.join(posix.dirname(importer.path), specifier);
  const isInside = (place: string) => place === "" || target === place || target.startsWith(`${place}/`);
  if (folder === "") return undefined;
  if (isInside(folder)) {
    if (!importer.isSource || !isInside(`${folder}/test`)) return undefined;
    return fault("sources-without-tests", `a source imports the test file ${target}. Move what it needs to src.`);
  }
  const other = workspaces.find((workspace) => isInside(workspace.folder));
  if (other !== undefined) {
    return fault("import-by-name", `${target} belongs to another package. Import it as "${other.manifest.name}".`);
  }
  if (!importer.isSource) return undefined;
  return fault("import-by-name", `${target} lies outside the package and is not shipped with it. Move it into src.`);
}

function judgeWorkspace(importer: Importer, target: Workspace, found: Import): Fault | undefined {
  const { owner, isSource } = importer;
  if (owner.folder === "" || owner.folder === target.folder) return undefined;
  if (target.isApp) {
    return fault(
      "no-app-imports",
      `${owner.folder} imports the app ${target.manifest.name}. Move what it needs to a package.`,
    );
  }
  // Tests may use every package undeclared: declared, core and its own tests' testkit would be a cycle in the build.
  if (!isSource) return undefined;
  if (target.short === developmentPackage) {
    return fault(
      "testkit-in-development",
      `${target.manifest.name} is for tests, and a source imports it. Import it in a test only.`,
    );
  }
  if (!owner.isApp) {
    const direction = judgeDirection(owner, target, found);
    if (direction !== undefined) return direction;
  }
  if (shippedDependencies(owner).includes(target.manifest.name)) return undefined;
  return undeclared(owner, target.manifest.name);
}

function judgeDirection(owner: Workspace, target: Workspace, found: Import): Fault | undefined {
  const layer = layers[owner.short];
  if (layer === undefined || layer.imports.includes(target.short)) return undefined;
  if (layer.loads?.includes(target.short)) {
    if (!found.eager) return undefined;
    return fault(
      "load-lazily",
      `${owner.short} imports ${target.short} eagerly. Use \`import type\`, and load it when it is asked for.`,
    );
  }
  const allowed = [...layer.imports, ...(layer.loads ?? [])].join(", ") || "nothing";
  return fault(
    owner.short === "core" ? "core-imports-nothing" : "import-direction",
    `${owner.short} imports ${target.short}, but may import only: ${allowed}. Move the shared part down, or let the caller hand it in.`,
  );
}

function judgeDeclared(importer: Importer, name: string, root: Workspace): Fault | undefined {
  const { owner, isSource } = importer;
  const shipped = shippedDependencies(owner);
  const declared = isSource
    ? shipped
    : [...shipped, ...developmentDependencies(owner), ...developmentDependencies(root), ...shippedDependencies(root)];
  return declared.includes(name) ? undefined : undeclared(owner, name);
}

function undeclared(owner: Workspace, name: string): Fault {
  const manifest = owner.folder === "" ? "package.json" : `${owner.folder}/package.json`;
  return fault("declare-imports", `${name} is imported but not declared. Add it to the dependencies in ${manifest}.`);
}

function isPureCore({ owner, isSource }: Importer): boolean {
  return isSource && owner.folder === "packages/core";
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}

function fault(rule: string, message: string): Fault {
  return { rule, message };
}
