import { statSync } from "node:fs";
import { resolve } from "node:path";
import { readConfig } from "@runferry/tracker";
import { layoutNamed } from "./chosen-layout.ts";
import { type Context, listOption, type Option, textOption, usageError } from "./command.ts";
import { type OpenedSource, openSource } from "./open-source.ts";

export const sourceOptions: { readonly [name: string]: Option } = {
  layout: { type: "string", value: "name", help: "read folders as this layout, also one of runferry.yaml" },
  run: {
    type: "string",
    value: "run",
    isList: true,
    help: "only this run: an id, a name, experiment/name, or a pattern such as 'ctr_*/run_0*'; may be given several times",
  },
  timezone: { type: "string", value: "zone", help: "what times without a zone are in; default: this machine's" },
  deleted: { type: "boolean", help: "also runs that were deleted in MLflow's own store and are still there" },
  "artifact-root": {
    type: "string",
    value: "old=new",
    isList: true,
    help: "where artifacts of MLflow's own store lie now; may be given several times",
  },
};

/** Opens every source that the words of a command name. */
export async function openSources(context: Context): Promise<readonly OpenedSource[]> {
  const timezone = textOption(context, "timezone");
  const layout = textOption(context, "layout");
  const places = readConfig(process.cwd())?.places;
  const options = {
    artifactRoots: artifactRoots(context),
    deleted: context.options.deleted === true,
    ...(timezone === undefined ? {} : { timezone }),
    ...(layout === undefined ? {} : { layout: layoutNamed(layout) }),
    ...(places ? { places } : {}),
  };
  const opened: OpenedSource[] = [];
  for (const word of context.words) opened.push(await openSource(word, options));
  return opened;
}

export async function closeSources(sources: readonly OpenedSource[]): Promise<void> {
  for (const source of sources) await source.close();
}

function artifactRoots(context: Context): ReadonlyMap<string, string> {
  return new Map(
    listOption(context, "artifact-root").map((word) => {
      const at = word.lastIndexOf("="); // addresses have them, too
      const [old, folder] = [word.slice(0, Math.max(0, at)), resolve(word.slice(at + 1))];
      if (old === "") throw usageError(`--artifact-root ${word} names no old place`, "write it as old=new");
      if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [old, folder] as const;
      throw usageError(`${folder} is no folder`, "name the one in which the artifacts lie now");
    }),
  );
}
