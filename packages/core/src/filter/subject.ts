import { RunferryError } from "../errors.ts";
import type { Json } from "../json.ts";
import { printField } from "./fields.ts";
import type { Field } from "./filter.ts";
import { pythonText } from "./python-text.ts";

/** What a filter looks at of a run. Only what it asks for is read, so the fields may be getters. */
export interface FilterSubject {
  readonly attributes: { readonly [name: string]: string | number | undefined };
  readonly params: { readonly [name: string]: Json };
  readonly tags: { readonly [name: string]: string };
  readonly metrics: { readonly [name: string]: { readonly last: number } };
}

/** The value of a field, undefined where the run has none. Params are as Python spells them. Throws for an ambiguous bare name. */
export function fieldValue(field: Field, subject: FilterSubject): string | number | undefined {
  const { name } = field;
  switch (field.entity) {
    case "attribute":
      return own(subject.attributes, name);
    case "metric":
      return own(subject.metrics, name)?.last;
    case "tag":
      return own(subject.tags, name);
    case "param": {
      const value = own(subject.params, name);
      return value === undefined ? undefined : pythonText(value);
    }
    case "any": {
      const found = meaningsOf(name, subject);
      if (found.length > 1) throw ambiguous(name, found);
      return found[0] && fieldValue(found[0], subject);
    }
  }
}

/** What a bare name can mean in a run. */
export function meaningsOf(name: string, subject: FilterSubject): readonly Field[] {
  const meanings: Field[] = [];
  if (Object.hasOwn(subject.params, name)) meanings.push({ entity: "param", name });
  if (Object.hasOwn(subject.tags, name)) meanings.push({ entity: "tag", name });
  if (Object.hasOwn(subject.metrics, name)) meanings.push({ entity: "metric", name });
  return meanings;
}

function own<T>(object: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function ambiguous(name: string, meanings: readonly Field[]): RunferryError {
  const choices = meanings.map(printField).join(" or ");
  return new RunferryError("bad_option", `the name ${JSON.stringify(name)} in the filter is ambiguous: ${choices}`, {
    hint: `write ${choices}`,
    data: "nothing was changed",
  });
}
