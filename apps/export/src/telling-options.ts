import { maskEvent, type Telling } from "@runferry/core";
import { type Context, listOption, type Option, textOption, usageError } from "./command.ts";

/** How runs are told to a place, where that is not as they are. */
export const tellingOptions: { readonly [name: string]: Option } = {
  into: {
    type: "string",
    value: "experiment",
    help: "copies of their own in this experiment there; a delivery without it begins anew",
  },
  tag: { type: "string", value: "name=value", isList: true, help: "a tag that every run gets there" },
  "map-experiment": {
    type: "string",
    value: "old=new",
    isList: true,
    help: "an experiment's name there; '*=team/*' for all of them",
  },
  metrics: { type: "string", value: "pattern", isList: true, help: "only these metrics; '!debug/*' leaves out" },
  artifacts: { type: "string", value: "pattern", isList: true, help: "only these files; '!*.ckpt' leaves out" },
  "max-artifact-size": { type: "string", value: "size", help: "leave out larger files: 500MB, 1GB" },
};

/** What the options say of how runs are told; undefined where they are told as they are. */
export function tellingOf(context: Context): Telling | undefined {
  const into = textOption(context, "into");
  const experiments = listOption(context, "map-experiment").map(experimentOf);
  const tags = Object.fromEntries(listOption(context, "tag").map((text) => pairOf("tag", text)));
  for (const name of secretTags(tags)) {
    throw usageError(`the value of --tag ${name} looks like a secret`, "leave it out: tags are kept and shown");
  }
  const [metrics, artifacts] = [listOption(context, "metrics"), listOption(context, "artifacts")];
  const mostBytes = sizeOption(context, "max-artifact-size");
  if (into === "") throw usageError("--into names no experiment", "write for example --into scratch");
  if (into !== undefined && experiments.length > 0) {
    throw usageError("--into and --map-experiment both say which experiment", "give one of them");
  }
  const telling: Telling = {
    ...(into === undefined ? {} : { into }),
    ...(experiments.length === 0 ? {} : { experiments }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(metrics.length === 0 ? {} : { metrics }),
    ...(artifacts.length === 0 ? {} : { artifacts }),
    ...(mostBytes === undefined ? {} : { mostBytes }),
  };
  return Object.keys(telling).length === 0 ? undefined : telling;
}

function secretTags(values: Telling["tags"] & object): readonly string[] {
  const { event } = maskEvent({ seq: 1, at: 0, kind: "tags.set", values });
  return Object.keys(values).filter((name) => event.kind === "tags.set" && event.values[name] !== values[name]);
}

function pairOf(option: string, text: string): readonly [string, string] {
  const at = text.indexOf("=");
  const [name, value] = [text.slice(0, Math.max(0, at)), text.slice(at + 1)];
  if (name !== "" && value !== "") return [name, value];
  throw usageError(`--${option} ${JSON.stringify(text)} is no pair`, `write for example --${option} old=new`);
}

function experimentOf(text: string): readonly [string, string] {
  const [pattern, name] = pairOf("map-experiment", text);
  const stars = (word: string) => word.split("*").length - 1;
  if (stars(pattern) <= 1 && stars(name) <= stars(pattern) && !pattern.includes("?")) return [pattern, name];
  throw usageError(
    `--map-experiment ${JSON.stringify(text)} has too many signs that stand for any text`,
    "write for example '*=team/*': one * in the old name, and at most one in the new one",
  );
}

const units: { readonly [unit: string]: number } = {
  "": 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  t: 1e12,
  ki: 2 ** 10,
  mi: 2 ** 20,
  gi: 2 ** 30,
  ti: 2 ** 40,
};

function sizeOption(context: Context, name: string): number | undefined {
  const text = textOption(context, name);
  if (text === undefined) return undefined;
  const found = /^(\d{1,12}(?:\.\d{1,6})?) ?([kmgt]?i?)b?$/i.exec(text);
  const unit = found && units[found[2]!.toLowerCase()];
  if (unit) return Math.floor(Number(found[1]) * unit);
  throw usageError(`--${name} ${JSON.stringify(text)} is no size`, "write for example 500MB, 1GB or 2GiB");
}
