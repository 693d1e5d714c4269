/** Text as it is, for readers that would render it as Markdown: between fences longer than any within. */
export function fenced(text: string): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 2);
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

/** The text between such fences, or undefined. */
export function unfenced(text: string): string | undefined {
  const open = /^(`{3,})text\n/.exec(text);
  if (!open || !text.endsWith(`\n${open[1]!}`)) return undefined;
  const inner = text.slice(open[0].length, -open[1]!.length - 1);
  // `fenced` is the only author that is understood: what another one wrote is Markdown.
  return text.length > open[0].length + open[1]!.length && fenced(inner) === text ? inner : undefined;
}
