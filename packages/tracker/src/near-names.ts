const mostNames = 3;
const longest = 64;

/** The names that whoever wrote `name` may have meant, best first. */
export function nearNames(name: string, names: Iterable<string>): readonly string[] {
  const wanted = name.toLowerCase().slice(0, longest);
  const near: { readonly name: string; readonly distance: number }[] = [];
  for (const one of new Set(names)) {
    const distance = distanceOf(wanted, one.toLowerCase().slice(0, longest));
    if (distance <= Math.max(1, Math.floor(wanted.length / 3))) near.push({ name: one, distance });
  }
  near.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return near.slice(0, mostNames).map((one) => one.name);
}

/** `did you mean a or b?`, or nothing. */
export function suggestion(name: string, names: Iterable<string>): string {
  const near = nearNames(name, names);
  return near.length === 0 ? "" : `did you mean ${near.join(" or ")}?`;
}

/** The same within a sentence: ` (did you mean a?)`, or nothing. */
export function aside(name: string, names: Iterable<string>): string {
  const told = suggestion(name, names);
  return told === "" ? "" : ` (${told})`;
}

/** How many characters have to be put in, taken out, changed or swapped; a part of a name is near it. */
function distanceOf(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length >= 3 && b.includes(a)) return 1;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      next[j] = Math.min(
        row[j]! + 1,
        next[j - 1]! + 1,
        changed,
        isSwapped ? before[j - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}
