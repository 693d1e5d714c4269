import type { ConsoleLine, Definition, JsonTexts, Row } from "./laid.ts";

/** The line of history that a row is. */
export function rowText({ columns, values }: Row): string {
  let text = "{";
  for (let i = 0; i < columns.length; i++) text += `${i === 0 ? "" : ","}${keyText(columns[i]!)}:${values[i]!}`;
  return `${text}}`;
}

const keyTexts = new Map<string, string>();

/** Rows have the same few columns again and again. */
function keyText(name: string): string {
  let text = keyTexts.get(name);
  if (text === undefined) {
    text = JSON.stringify(name);
    if (keyTexts.size >= 10_000) keyTexts.clear();
    keyTexts.set(name, text);
  }
  return text;
}

/** An object of such texts. */
export function objectText(texts: JsonTexts): string {
  return `{${[...texts].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(",")}}`;
}

/** The whole config as `UpsertBucket` takes it: each key of the top level around its value. */
export function wrappedConfig(config: JsonTexts): string {
  return objectText(new Map([...config].map(([key, text]) => [key, `{"value":${text}}`])));
}

/** `2026-01-01T00:00:00.000000 text`, in UTC, with `ERROR ` before what came over stderr. */
export function consoleText({ at, from, text }: ConsoleLine): string {
  const whole = Math.floor(at);
  const micros = Math.round((at - whole) * 1000);
  const time = `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, "0")}`;
  return `${from === "stderr" ? "ERROR " : ""}${time} ${text}`;
}

/** What W&B keeps under `_wandb`. A run without `t` counts as one that never began. */
export function wandbConfig(definitions: readonly Definition[]): string {
  const parts = [`"t":{}`];
  if (definitions.length > 0) parts.push(`"m":${JSON.stringify(definitionList(definitions))}`);
  return `{${parts.join(",")}}`;
}

/** Definitions by the field numbers of W&B's record; an axis is named by its place in the list, from 1 on. */
export function definitionList(definitions: readonly Definition[]): readonly object[] {
  const names = definitions.map(({ name }) => name);
  const axes = definitions.flatMap(({ stepMetric }) => (stepMetric === undefined ? [] : [stepMetric]));
  const all = [...names, ...new Set(axes.filter((axis) => !names.includes(axis)))];
  const places = new Map(all.map((name, i) => [name, i + 1]));
  const byName = new Map(definitions.map((one) => [one.name, one]));
  return all.map((name) => {
    const { stepMetric, goal } = byName.get(name) ?? {};
    return {
      "1": name,
      ...(stepMetric === undefined ? {} : { "5": places.get(stepMetric)! }),
      "6": !byName.has(name) ? [] : stepMetric === undefined ? [3] : [1, 3],
      "7": goal === undefined ? [] : [goal === "min" ? 1 : 2, 5],
    };
  });
}
