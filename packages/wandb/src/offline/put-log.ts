import { stat } from "node:fs/promises";
import { RunferryError } from "@runferry/core";
import type { SideEffects } from "./backend.ts";
import { ifThere } from "./if-there.ts";
import type { RunDirectory } from "./run-directory.ts";

/** Makes the file end with these bytes at this offset: a torn or longer tail of an earlier try is cut off. */
export async function putLog(
  { files, log, synced }: RunDirectory,
  offset: number,
  bytes: Uint8Array,
  effects: SideEffects,
): Promise<void> {
  const { fileSystem } = effects;
  if (await ifThere(stat(synced))) throw alreadySynced(log);
  effects.point("make folder");
  // `wandb sync` adds files of its own to those of the run, and fails where there is no place for them.
  if (offset === 0) await fileSystem.mkdir(files, { recursive: true });
  effects.point("open file");
  const file = await ifThere(fileSystem.open(log, offset === 0 ? "a+" : "r+"));
  if (!file) throw gone(log, undefined, offset);
  try {
    const { size } = await file.stat();
    if (size < offset) throw gone(log, size, offset);
    if (size > offset) {
      effects.point("cut tail");
      await file.truncate(offset);
    }
    for (let at = 0; at < bytes.length; ) {
      effects.point("append");
      at += (await file.write(bytes, at, Math.min(bytes.length - at, chunkBytes), offset + at)).bytesWritten;
    }
  } finally {
    await file.close();
  }
}

const chunkBytes = 1024 * 1024;

/** After a power cut, or by another hand. The batch alone cannot fill the gap, and to go on behind it would hide it. */
function gone(path: string, size: number | undefined, wanted: number): RunferryError {
  const found = size === undefined ? "is not there any more" : `has only ${size} bytes left`;
  return new RunferryError("gone", `${path} ${found}; ${wanted} had been written`, {
    hint: "put it back, or deliver the run from its start again: its files get the same bytes in the same folder",
    data: "nothing was written; the run itself is whole",
  });
}

function alreadySynced(log: string): RunferryError {
  return new RunferryError("gone", `${log} was uploaded by \`wandb sync\` and takes nothing more`, {
    hint: "deliver the run to the server instead, or to another folder after deleting it at W&B: a second `wandb sync` of one file uploads all of its rows again",
    data: "nothing was written; what was uploaded is there, the rest is in the run",
  });
}
