/**
 * What is wrong with the path of a file of a run, or undefined. A path that passes stays inside whatever folder it is
 * joined to, on every platform.
 */
export function problemOfPath(path: string): string | undefined {
  if (path === "") return "must not be empty";
  if (path.includes("\0")) return "must not hold a NUL character";
  if (!path.isWellFormed()) return "must not hold half of a surrogate pair";
  if (/^([/\\]|[A-Za-z]:[/\\])/.test(path)) return "must be relative";
  const parts = path.split("/");
  if (parts.some((part) => part === "" || part === ".")) return "must not hold an empty part or a single dot";
  // A backslash is a legal character in a name here, and a separator elsewhere.
  if (path.split(/[/\\]/).includes("..")) return "must not lead out of its folder";
  return undefined;
}
