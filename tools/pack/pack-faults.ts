// What is wrong with a package as npm would publish it.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { repository } from "../bundled-node.mjs";
import { sourceOf } from "../stale-output.ts";
import { manifestFaults } from "./manifest-faults.ts";
import type { Packed } from "./pack.ts";

/** One sentence for each fault of the packages, which are published together. */
export async function packFaults(packages: readonly Packed[]): Promise<readonly string[]> {
  const versions = new Map(packages.map(({ manifest }) => [manifest.name, manifest.version ?? ""]));
  const all: string[] = [];
  for (const { manifest, unpacked } of packages) {
    const files = filesIn(unpacked);
    const faults = [
      ...manifestFaults(manifest, versions),
      ...fileFaults(files, unpacked),
      ...compiledFaults(files),
      ...(await lintFaults(unpacked)),
    ];
    all.push(...faults.map((fault) => `${manifest.name}: ${fault}`));
  }
  return all;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => statSync(join(folder, path)).isFile())
    .map((path) => path.split(sep).join("/"))
    .sort();
}

const folders = ["bin", "dist", "schema", "src"];
const always = ["LICENSE", "README.md", "package.json"];
const foreign =
  /(^|\/)(\.[^/]*|tests?|fixtures|node_modules|[^/]*\.(test|spec|rehearsal)\.[^/]*|[^/]*\.(log|tsbuildinfo))(\/|$)/;

function fileFaults(files: readonly string[], unpacked: string): readonly string[] {
  const missing = always.filter((file) => !files.includes(file)).map((file) => `has no ${file}. Add one`);
  const surplus = files
    .filter((file) => foreign.test(file) || !(always.includes(file) || folders.includes(file.split("/")[0] ?? "")))
    .map((file) => `holds ${file}, which is no part of it. Look at "files" in package.json`);
  const license = join(unpacked, "LICENSE");
  const isOurs = !existsSync(license) || readText(license) === readText(join(repository, "LICENSE"));
  const named = files
    .filter((file) => readText(join(unpacked, file)).includes(repository))
    .map((file) => `${file} names a folder of this machine`);
  const maps = files.filter((file) => file.endsWith(".map")).flatMap((file) => mapFaults(file, files, unpacked));
  return [...missing, ...surplus, ...(isOurs ? [] : ["its LICENSE is not that of the repository"]), ...named, ...maps];
}

/** A map leads to a source that is published with it. */
function mapFaults(file: string, files: readonly string[], unpacked: string): readonly string[] {
  const { sources, sourceRoot } = JSON.parse(readText(join(unpacked, file)));
  return (sources as readonly string[])
    .map((source) => posix.join(posix.dirname(file), sourceRoot ?? "", source))
    .filter((source) => !files.includes(source))
    .map((source) => `${file} leads to ${source}, which is not there`);
}

/** What is compiled comes from a source that is there, and each source is compiled. */
function compiledFaults(files: readonly string[]): readonly string[] {
  const compiled = files.filter((file) => file.startsWith("dist/"));
  const stale = compiled
    .filter((file) => !files.includes(sourceOf(file)))
    .map((file) => `${file} has no source any more. Run: npm run build`);
  const missing = files
    .filter((file) => file.startsWith("src/"))
    .flatMap((file) => [".js", ".d.ts"].map((end) => file.replace("src/", "dist/").replace(/\.ts$/, end)))
    .filter((file) => !compiled.includes(file))
    .map((file) => `has no ${file}. Run: npm run build`);
  return [...stale, ...missing];
}

async function lintFaults(unpacked: string): Promise<readonly string[]> {
  const { messages, pkg } = await publint({ pkgDir: unpacked, pack: false });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

function readText(file: string): string {
  return readFileSync(file, "utf8");
}
