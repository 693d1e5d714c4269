import { readConfig } from "@runferry/tracker";
import { type Context, type Option, textOption } from "./command.ts";
import { type OpenedSource, openSource } from "./open-source.ts";

export const sourceOptions: { readonly [name: string]: Option } = {
  timezone: { type: "string", value: "zone", help: "what times without a zone are in; default: this machine's" },
};

/** Opens every source that the words of a command name. */
export async function openSources(context: Context): Promise<readonly OpenedSource[]> {
  const timezone = textOption(context, "timezone");
  const places = readConfig(process.cwd())?.places;
  const options = { ...(timezone === undefined ? {} : { timezone }), ...(places ? { places } : {}) };
  const opened: OpenedSource[] = [];
  for (const word of context.words) opened.push(await openSource(word, options));
  return opened;
}

export async function closeSources(sources: readonly OpenedSource[]): Promise<void> {
  for (const source of sources) await source.close();
}
