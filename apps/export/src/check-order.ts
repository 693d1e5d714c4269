import { type Field, parseOrder, pythonText, RunferryError } from "@runferry/core";
import { type LoggedRun, suggestion } from "@runferry/tracker";

const mostNames = 8;

/** A field that none of the runs has would leave them in no order at all. */
export function checkOrder(order: string | undefined, runs: readonly LoggedRun[]): void {
  if (order === undefined || runs.length === 0) return;
  for (const { field } of parseOrder(order)) {
    if (field.entity === "attribute" || runs.some((run) => has(run, field))) continue;
    throw unknownField(field, runs);
  }
}

const kinds = ["metric", "param", "tag"] as const;

function has(run: LoggedRun, { entity, name }: Field): boolean {
  return kinds.some((kind) => (entity === kind || entity === "any") && Object.hasOwn(fieldsOf(run, kind), name));
}

function fieldsOf(run: LoggedRun, kind: (typeof kinds)[number]): object {
  return kind === "metric" ? run.metrics : kind === "param" ? run.spelledParams : run.tags;
}

function unknownField({ name }: Field, runs: readonly LoggedRun[]): RunferryError {
  const names = kinds.flatMap((kind) =>
    [...new Set(runs.flatMap((run) => Object.keys(fieldsOf(run, kind))))].map((one) => `${kind}s.${one}`),
  );
  const more = names.length > mostNames ? ` and ${names.length - mostNames} more` : "";
  const all = `by start_time, end_time, status, run_name, ${names.slice(0, mostNames).join(", ")}${more}`;
  const near = suggestion(name, names);
  return new RunferryError("bad_option", `none of these runs has ${pythonText(name)} to be sorted by`, {
    hint: near === "" ? `sort ${all}` : `${near} They can be sorted ${all}`,
    data: "nothing was changed",
  });
}
