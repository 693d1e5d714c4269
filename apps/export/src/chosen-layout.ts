import { type Layout, layouts, presetLayouts, writtenLayout } from "@runferry/layouts";
import { readConfig, suggestion } from "@runferry/tracker";
import { usageError } from "./command.ts";

/** The layout of a name: one that comes with runferry, or one of `runferry.yaml`. Throws `bad_option` for its mistakes. */
export function layoutNamed(name: string): Layout {
  const written = readConfig(process.cwd())?.layouts ?? {};
  const own = Object.hasOwn(written, name) ? written[name] : undefined;
  if (own) return writtenLayout(name, own.mapping, own.where);
  const known = [...layouts, ...presetLayouts];
  const found = known.find((layout) => layout.name === name);
  if (found) return found;
  const names = [...Object.keys(written), ...known.map((layout) => layout.name)];
  throw usageError(
    `there is no layout ${JSON.stringify(name)}`,
    suggestion(name, names) || `use ${names.join(", ")}, or describe one below layouts in runferry.yaml`,
  );
}
