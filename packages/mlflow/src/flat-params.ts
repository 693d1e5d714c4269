import { isJsonObject, type Json, type Named } from "@runferry/core";
import { escapeKey } from "./names.ts";
import { pythonText } from "./python-text.ts";
import { textValue } from "./texts.ts";

/** A param as MLflow has it: objects flattened by `.`, values as Python would write them. */
export function flatParams({ name, value }: Named<Json>): readonly Named<string>[] {
  const flat: Named<string>[] = [];
  const walk = (path: string, item: Json): void => {
    const entries = isJsonObject(item) ? Object.entries(item) : [];
    if (entries.length === 0) flat.push({ name: escapeKey(path), value: textValue(pythonText(item)) });
    for (const [key, child] of entries) walk(`${path}.${key}`, child);
  };
  walk(name, value);
  return flat;
}
