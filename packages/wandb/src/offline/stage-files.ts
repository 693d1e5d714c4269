import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import type { FileRef, WriteContext } from "@runferry/core";
import type { SideEffects } from "./backend.ts";

/** Hashes of a file that was put somewhere. */
export interface PutFile {
  readonly bytes: number;
  /** Base64, as W&B has it. */
  readonly md5: string;
}

/** Puts files into the folder of a run: whole or not at all, under a path that never leads out of it. */
export interface Stage {
  copy(file: FileRef, path: string): Promise<PutFile>;
  write(text: string, path: string): Promise<PutFile>;
}

/** While a file is being written it has this ending, which no file that is listed has. */
export const unfinished = ".~unfinished";

export function createStage(root: string, context: Pick<WriteContext, "open" | "report">, effects: SideEffects): Stage {
  const { mkdir, open, rename, rm } = effects.fileSystem;

  async function put(pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, path: string): Promise<PutFile> {
    const place = join(root, path);
    if (relative(root, place).startsWith("..")) throw new Error(`${path} leads out of ${root}`);
    effects.point("make folder");
    await mkdir(dirname(place), { recursive: true });
    const draft = place + unfinished;
    const hash = createHash("md5");
    let bytes = 0;
    effects.point("write file");
    const file = await open(draft, "w");
    try {
      try {
        for await (const piece of pieces) {
          hash.update(piece);
          await file.writeFile(piece);
          bytes += piece.length;
          context.report(bytes);
        }
      } finally {
        await file.close();
      }
    } catch (cause) {
      await rm(draft, { force: true }).catch(() => undefined); // what went wrong first is to be told
      throw cause;
    }
    effects.point("place file");
    await rename(draft, place);
    return { bytes, md5: hash.digest("base64") };
  }

  return {
    copy: (file, path) => put(context.open(file), path),
    write: (text, path) => put([Buffer.from(text)], path),
  };
}
