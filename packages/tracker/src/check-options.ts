import { isRunId, RunferryError } from "@runferry/core";
import { aside } from "./near-names.ts";

/** Says what is wrong with the value, or nothing. */
type Check = (value: unknown) => string | undefined;
export type OptionChecks = { readonly [name: string]: Check };

const text: Check = (value) => (typeof value === "string" && value !== "" ? undefined : "must be text, and not empty");
const flag: Check = (value) => (typeof value === "boolean" ? undefined : "must be true or false");
const object: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? undefined : "must be an object";

function oneOf(...words: readonly unknown[]): Check {
  return (value) =>
    words.includes(value) ? undefined : `must be one of ${words.map((word) => JSON.stringify(word)).join(", ")}`;
}

const tags: Check = (value) => {
  const problem = object(value);
  if (problem !== undefined) return problem;
  const bad = Object.entries(value as object).find(([, tag]) => !["string", "number", "boolean"].includes(typeof tag));
  return bad && `has the tag ${JSON.stringify(bad[0])}, which must be text, a number or a boolean`;
};

const backend: Check = (value) => {
  if (Array.isArray(value)) return value.every((one) => text(one) === undefined) ? undefined : "must list texts";
  return text(value) === undefined ? undefined : 'must be text such as "mlflow:http://localhost:5000", or a list';
};

export const trackerChecks: OptionChecks = {
  experiment: text,
  dir: text,
  backend,
  tags,
  group: text,
  autoLog: flag,
  quiet: flag,
  mode: oneOf("online", "offline", "disabled"),
  durability: oneOf("buffered", "process", "power"),
  onLag: (value) => (typeof value === "function" ? undefined : "must be a function"),
};

export const runChecks: OptionChecks = {
  experiment: text,
  name: text,
  params: object,
  tags,
  description: (value) => (typeof value === "string" ? undefined : "must be text"),
  group: text,
  parent: (value) => {
    const id = typeof value === "object" && value !== null && "id" in value ? value.id : value;
    return typeof id === "string" && id !== "" ? undefined : "must be a run or the id of one";
  },
  autoLog: flag,
  id: (value) =>
    typeof value === "string" && isRunId(value) ? undefined : "must be 26 characters as runferry makes them",
  resume: oneOf("never", "allow", "must", true, false),
};

export const resumeChecks: OptionChecks = {
  fromStep: (value) => (Number.isSafeInteger(value) ? undefined : "must be a whole number"),
  takeOver: flag,
};

export const joinChecks: OptionChecks = { stream: text };

/** Throws `bad_option` for a name or type that is wrong. A typo must not be found out after the training. */
export function checkOptions(options: object, checks: OptionChecks, where: string): void {
  if (object(options) !== undefined) throw badOption(`the options of ${where} ${object(options)}`, "give an object");
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(checks, name) ? checks[name] : undefined;
    const known = Object.keys(checks);
    if (!check) throw badOption(`${where} has no option ${name}${aside(name, known)}`, `use ${known.join(", ")}`);
    const problem = value === undefined ? undefined : check(value);
    if (problem !== undefined) throw badOption(`the option ${name} of ${where} ${problem}`, "correct it");
  }
}

export function badOption(message: string, hint: string): RunferryError {
  return new RunferryError("bad_option", message, { hint, data: "nothing was written" });
}
