// Holds the direction of imports between packages (tools/imports/layers.ts), and that what a package imports and what
// it declares agree. Part of `npm run check`.
import { repository } from "./bundled-node.mjs";
import { type Fault, type Importer, judgeImport, packageOf } from "./imports/judge-import.ts";
import { layers } from "./imports/layers.ts";
import { type Module, readModule } from "./imports/read-module.ts";
import {
  developmentDependencies,
  readRoot,
  readWorkspaces,
  shippedDependencies,
  type Workspace,
} from "./imports/workspaces.ts";
import { isTest, sourceFiles } from "./source-files.ts";

type File = Importer & { readonly module: Module };

/** Every broken rule of a tree, one line each: file and line, rule, what is wrong and what to do. */
export function importFaults(tree: string): readonly string[] {
  const root = readRoot(tree);
  const workspaces = readWorkspaces(tree);
  const files = sourceFiles(tree, ["packages", "apps", "tools", "examples", "bench"]).map(({ path, text }) => {
    const owner = workspaces.find((workspace) => path.startsWith(`${workspace.folder}/`)) ?? root;
    return { path, owner, isSource: isShipped(path, owner), module: readModule(path, text) };
  });
  return [
    ...files.flatMap((file) => fileFaults(file, root, workspaces)),
    ...workspaces.flatMap((workspace) =>
      manifestFaults(
        workspace,
        files.filter((file) => file.owner === workspace),
      ),
    ),
  ];
}

/** Sources and launchers are shipped; tests and the configuration files beside them are not. */
function isShipped(path: string, owner: Workspace): boolean {
  const inner = path.slice(owner.folder.length + 1);
  return owner.folder !== "" && (inner.startsWith("src/") || inner.startsWith("bin/")) && !isTest(path);
}

function fileFaults(file: File, root: Workspace, workspaces: readonly Workspace[]): readonly string[] {
  const imports = file.module.imports.flatMap((found) => {
    const fault = judgeImport(file, found, { root, workspaces });
    return fault === undefined ? [] : [report(`${file.path}:${found.line}`, fault)];
  });
  const awaits = (file.isSource ? file.module.topLevelAwaits : []).map((line) =>
    report(`${file.path}:${line}`, {
      rule: "no-top-level-await",
      message: "awaits at the top level, so that `require` cannot load the package. Await in a function.",
    }),
  );
  return [...imports, ...awaits];
}

function manifestFaults(workspace: Workspace, files: readonly File[]): readonly string[] {
  const place = `${workspace.folder}/package.json`;
  const faults: Fault[] = [];
  if (!workspace.isApp && !Object.hasOwn(layers, workspace.short)) {
    faults.push({
      rule: "known-layers",
      message: `the package ${workspace.short} has no place in the direction of imports. Add it to tools/imports/layers.ts.`,
    });
  }
  const shipped = shippedDependencies(workspace);
  const isCore = workspace.folder === "packages/core";
  if (isCore && shipped.length > 0) {
    const message = `core declares ${shipped.join(", ")}, but has no dependencies. Remove them.`;
    faults.push({ rule: "core-imports-nothing", message });
  }
  const inSources = importedPackages(files.filter((file) => file.isSource));
  const anywhere = importedPackages(files);
  const unused = [
    ...(isCore ? [] : shipped).filter((name) => !inSources.has(name)),
    ...developmentDependencies(workspace).filter((name) => !anywhere.has(name)),
  ].filter((name) => !isUsedOtherwise(name, workspace));
  for (const name of unused) {
    faults.push({ rule: "declare-imports", message: `${name} is declared but no file imports it. Remove it.` });
  }
  return faults.map((fault) => report(place, fault));
}

function importedPackages(files: readonly File[]): ReadonlySet<string | undefined> {
  return new Set(files.flatMap((file) => file.module.imports.map((found) => packageOf(found.specifier))));
}

/** Types are used by the compiler, programs by the package's scripts, and an optional peer by what its user hands in. */
function isUsedOtherwise(name: string, { manifest }: Workspace): boolean {
  const words = Object.values(manifest.scripts ?? {}).flatMap((script) => script.split(/\s+/));
  const isOptionalPeer = manifest.peerDependenciesMeta?.[name]?.optional === true;
  return name.startsWith("@types/") || words.includes(name) || isOptionalPeer;
}

function report(place: string, { rule, message }: Fault): string {
  return `${place}: ${rule}: ${message}`;
}

if (import.meta.filename === process.argv[1]) {
  const faults = importFaults(repository);
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
