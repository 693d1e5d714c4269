import { formatVersion, isJsonObject, type Json, RunferryError } from "@runferry/core";
import { createWhole, isTemporaryName } from "./atomic-file.ts";
import { type FileSystem, ifPresent } from "./file-system.ts";
import { refuseKernelFolder } from "./kernel-folder.ts";
import type { Layout } from "./layout.ts";

/** Checks that the folder is a store that this version can read. Says false where there is none. */
export function checkStore(layout: Layout, fileSystem: FileSystem): boolean {
  const text = ifPresent(() => fileSystem.readFileSync(layout.storeFile, "utf8"));
  if (text === undefined) return false;
  let parsed: Json = null;
  try {
    parsed = JSON.parse(text) as Json;
  } catch (cause) {
    throw notAStore(layout, cause);
  }
  const format = isJsonObject(parsed) ? parsed.format : undefined;
  if (!Number.isSafeInteger(format)) throw notAStore(layout, undefined);
  if ((format as number) > formatVersion) throw newer(layout, format as number);
  return true;
}

/** Makes the folder a store. A folder in which others have put files is refused, and left as it is. */
export function createStore(layout: Layout, fileSystem: FileSystem): void {
  refuseKernelFolder(layout.folder);
  fileSystem.mkdirSync(layout.folder, { recursive: true });
  refuseForeign(layout, fileSystem);
  createWhole(fileSystem, layout.storeFile, `${JSON.stringify({ format: formatVersion })}\n`);
}

/** Throws where others have put files into what is no store. */
export function refuseForeign(layout: Layout, fileSystem: FileSystem): void {
  const names = ifPresent(() => fileSystem.readdirSync(layout.folder)) ?? [];
  const others = names.filter((name) => !isTemporaryName(name) && name !== ".DS_Store");
  if (others.length > 0 && !checkStore(layout, fileSystem)) throw foreign(layout, others);
}

function foreign(layout: Layout, others: readonly string[]): RunferryError {
  const some = others.slice(0, 3).join(", ");
  return new RunferryError("bad_option", `${layout.folder} is no store of runferry, and holds other files: ${some}`, {
    hint: "name an empty folder or one that does not exist yet (RUNFERRY_DIR)",
    data: "nothing was written there",
  });
}

function notAStore(layout: Layout, cause: unknown): RunferryError {
  return new RunferryError("damaged", `${layout.storeFile} does not say which format the store has`, {
    hint: `write {"format":${formatVersion}} into it if the folder is a store of this version, or name another folder`,
    data: "the runs in the folder are not touched",
    cause,
  });
}

function newer(layout: Layout, format: number): RunferryError {
  return new RunferryError(
    "format_newer",
    `the store ${layout.folder} has format ${format}; this version reads up to ${formatVersion}`,
    { hint: "install a newer version of runferry", data: "nothing was written there" },
  );
}

export function noStore(layout: Layout): RunferryError {
  return new RunferryError("not_found", `there is no store in ${layout.folder}`, {
    hint: "name the folder that holds store.json, or log a run to make one",
    data: "nothing was written",
  });
}
