// Where a part's Python environment lies, and whether it holds what its requirement file says.
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { repository } from "../bundled-node.mjs";

/** The interpreter of an installed part, or why there is none and what to do. */
export type Peer = { readonly python: string } | { readonly missing: string };

export type PeerEnvironment = {
  readonly part: string;
  /** The requirement file: every package of the part, pinned and hashed. */
  readonly requirements: string;
  readonly directory: string;
  readonly python: string;
  /** Written when the installation is complete; holds the fingerprint of what was installed. */
  readonly stamp: string;
  /** Why the last installation failed. */
  readonly failure: string;
  readonly lock: string;
};

/** The names of all parts. */
export function partNames(): readonly string[] {
  return globSync("*.txt", { cwd: import.meta.dirname })
    .map((file) => basename(file, ".txt"))
    .sort();
}

/** The places of a part, or undefined when there is no such part. */
export function peerEnvironment(part: string): PeerEnvironment | undefined {
  if (!partNames().includes(part)) return undefined;
  const peers = join(repository, ".peers");
  const directory = join(peers, part);
  return {
    part,
    requirements: join(import.meta.dirname, `${part}.txt`),
    directory,
    python: process.platform === "win32" ? join(directory, "Scripts", "python.exe") : join(directory, "bin", "python"),
    stamp: join(directory, "installed"),
    failure: join(peers, `${part}.failure`),
    lock: join(peers, `${part}.lock`),
  };
}

/** What an up-to-date installation of the part is recognised by. */
export function fingerprint(environment: PeerEnvironment): string {
  const hash = createHash("sha256").update(readFileSync(environment.requirements));
  return hash.update(process.platform).update(process.arch).digest("hex");
}

/** Whether the part is installed as its requirement file says. A python that was since removed leaves a dead link. */
export function isInstalled(environment: PeerEnvironment): boolean {
  return (
    existsSync(environment.stamp) &&
    existsSync(environment.python) &&
    readFileSync(environment.stamp, "utf8").split("\n")[0] === fingerprint(environment)
  );
}

/** The Python version a part was installed with. */
export function installedPython(environment: PeerEnvironment): string | undefined {
  return readFileSync(environment.stamp, "utf8").split("\n")[1];
}
