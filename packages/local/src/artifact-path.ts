import { basename, dirname, join } from "node:path";
import { problemOfPath, RunferryError } from "@runferry/core";
import { type FileSystem, ifPresent, systemCode } from "./file-system.ts";
import { isInside } from "./inside.ts";
import { type RunLayout, replacedFolder } from "./layout.ts";

export function checkArtifactPath(path: string): void {
  const problem = path.split("/")[0] === replacedFolder ? `must not begin with ${replacedFolder}` : problemOfPath(path);
  if (problem !== undefined) throw badPath(path, problem);
}

/** Keeps the bytes that a path had so far, under their hash. The path itself never lacks a file meanwhile. */
export function keepReplaced(
  fileSystem: FileSystem,
  layout: RunLayout,
  target: string,
  oldSha256: string,
  newSha256: string,
): void {
  if (oldSha256 === newSha256) return;
  const kept = join(layout.replaced, oldSha256);
  fileSystem.mkdirSync(layout.replaced, { recursive: true });
  if (ifPresent(() => fileSystem.lstatSync(kept)) !== undefined) return;
  try {
    fileSystem.linkSync(target, kept);
  } catch (cause) {
    if (!["EPERM", "ENOTSUP", "ENOSYS", "EMLINK"].includes(systemCode(cause) ?? "")) throw cause;
    fileSystem.renameSync(target, kept); // no hard links here: for a moment, the path is empty
  }
}

/** Makes the folders of a path one by one, so that a link in it cannot lead out of the run. */
export function makeFolders(fileSystem: FileSystem, artifacts: string, path: string): void {
  fileSystem.mkdirSync(artifacts, { recursive: true });
  const parts = dirname(path) === "." ? [] : dirname(path).split("/");
  let folder = artifacts;
  for (const part of parts) {
    folder = join(folder, part);
    const there = ifPresent(() => fileSystem.lstatSync(folder));
    if (there?.isFile()) throw badPath(path, `would lie in ${basename(folder)}, which is a file of this run`);
    if (there === undefined) fileSystem.mkdirSync(folder, { recursive: true });
    else if (!isInside(fileSystem, artifacts, folder))
      throw badPath(path, "would lie outside of the run: a folder is a link");
  }
}

export function badPath(path: string, problem: string): RunferryError {
  return new RunferryError("bad_option", `the artifact path ${JSON.stringify(path)} ${problem}`, {
    hint: "give a relative path with / between folders, such as checkpoints/epoch_3.bin",
    data: "nothing was written",
  });
}
