/** What the description of a value says. TensorBoard shows the first one of a tag beside its title. */
export interface Described {
  readonly caption?: string;
  readonly path?: string;
  /** Whether the step is only a count, since none was given. */
  readonly counted: boolean;
}

const countedText = "*logged without a step*";
const between = "\n\n";

/** `caption`, then the path of the file in backticks, then whether the step is only a count. */
export function describe({ caption, path, counted }: Described): string {
  const parts = [
    ...(caption === undefined ? [] : [caption]),
    ...(path === undefined ? [] : [`\`${path}\``]),
    ...(counted ? [countedText] : []),
  ];
  return parts.join(between);
}

export function readDescription(text: string): Described {
  let rest = text;
  const counted = rest === countedText || rest.endsWith(between + countedText);
  if (counted) rest = rest.slice(0, Math.max(0, rest.length - countedText.length - between.length));
  const path = /(?:^|\n\n)`([^\n]*)`$/.exec(rest);
  if (!path) return rest === "" ? { counted } : { counted, caption: rest };
  const caption = path.index === 0 && !rest.startsWith(between) ? undefined : rest.slice(0, path.index);
  return { counted, path: path[1]!, ...(caption === undefined ? {} : { caption }) };
}
