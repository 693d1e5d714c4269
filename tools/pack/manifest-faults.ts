import type { Manifest } from "../imports/workspaces.ts";

const told = ["version", "description", "keywords", "license", "engines", "exports", "files", "sideEffects", "type"];

/** What npm would run on the machine of whoever installs the package. */
const atInstallation = ["preinstall", "install", "postinstall", "prepare"];

const fromRegistry = /^(\^|~|>=)?\d+(\.\d+){0,2}$/;

/** What is wrong with a manifest, given the version of each package that is published with it. */
export function manifestFaults(manifest: Manifest, versions: ReadonlyMap<string, string>): readonly string[] {
  const absent = told.filter((field) => !Object.hasOwn(manifest, field));
  const scripts = atInstallation.filter((name) => Object.hasOwn(manifest.scripts ?? {}, name));
  const dependencies = { ...manifest.peerDependencies, ...manifest.optionalDependencies, ...manifest.dependencies };
  return [
    ...absent.map((field) => `package.json has no "${field}"`),
    ...scripts.map((name) => `the script "${name}" would run at whoever installs it`),
    ...Object.entries(dependencies).flatMap(([name, range]) => dependencyFaults(name, range, versions)),
  ];
}

function dependencyFaults(name: string, range: string, versions: ReadonlyMap<string, string>): readonly string[] {
  const ours = versions.get(name);
  if (ours !== undefined)
    return range === ours ? [] : [`depends on ${name} ${range}, not on ${ours}. Name its version`];
  if (name.startsWith("@runferry/")) return [`depends on ${name}, which is not published`];
  return fromRegistry.test(range) ? [] : [`depends on ${name} ${range}, which is no version of a registry`];
}
