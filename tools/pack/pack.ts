import { existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { repository } from "../bundled-node.mjs";
import { type Manifest, readWorkspaces } from "../imports/workspaces.ts";
import { npmProgram } from "../npm.mjs";
import { type Ended, runProgram } from "../run-program.ts";

/** A package as npm would publish it. */
export interface Packed {
  readonly manifest: Manifest;
  /** The file that npm would upload. */
  readonly tarball: string;
  /** What is in it. */
  readonly unpacked: string;
  /** Where the package lies in the repository. */
  readonly folder: string;
}

/** Packs all packages that are published into a folder, and unpacks them beside. Throws where npm does. */
export async function packAll(into: string): Promise<readonly Packed[]> {
  const workspaces = readWorkspaces(repository).filter(({ manifest }) => manifest.private !== true);
  mkdirSync(into, { recursive: true });
  const chosen = workspaces.flatMap(({ folder }) => ["--workspace", folder]);
  orThrow(await npm(["pack", "--pack-destination", into, ...chosen], repository));
  const packed: Packed[] = [];
  for (const { folder, manifest } of workspaces) {
    const name = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}`;
    const [tarball, box] = [join(into, `${name}.tgz`), join(into, name)];
    if (!existsSync(tarball)) throw new Error(`npm pack wrote ${globSync("*.tgz", { cwd: into })} but not ${name}.tgz`);
    mkdirSync(box);
    orThrow(await runProgram("tar", ["-xzf", tarball, "-C", box], { quiet: true }));
    const unpacked = join(box, "package");
    packed.push({
      manifest: JSON.parse(readFileSync(join(unpacked, "package.json"), "utf8")),
      tarball,
      unpacked,
      folder: join(repository, folder),
    });
  }
  return packed;
}

/** Runs npm somewhere. */
export function npm(
  words: readonly string[],
  directory: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const [program, ...first] = npmProgram();
  // An npm that has started this one names its own project.
  const environment = { npm_config_local_prefix: undefined, ...more };
  return runProgram(program, [...first, ...words], { directory, environment, quiet: true });
}

/** The output of a program; throws it where the program failed. */
export function orThrow({ ok, output }: Ended): string {
  if (!ok) throw new Error(output);
  return output;
}
