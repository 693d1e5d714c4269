/** Whether a text matches an SQL pattern: `%` is any text, `_` any one character. */
export function isLike(text: string, pattern: string, ignoreCase: boolean): boolean {
  return ignoreCase ? fits(text.toLowerCase(), pattern.toLowerCase(), "%", "_") : fits(text, pattern, "%", "_");
}

/** The same for patterns of the command line: `*` is any text, also with slashes, `?` any one character. */
export function isGlob(text: string, pattern: string): boolean {
  return fits(text, pattern, "*", "?");
}

/** Takes at most text × pattern steps; a regular expression made from the pattern could take exponentially many. */
function fits(text: string, pattern: string, any: string, one: string): boolean {
  const said = [...text];
  const wanted = [...pattern];
  let [at, next] = [0, 0];
  // Where to go on when what follows the last of those does not fit: one character later.
  let [anyFrom, anyNext] = [-1, -1];
  while (at < said.length) {
    if (wanted[next] === any) {
      anyFrom = at;
      anyNext = ++next;
    } else if (next < wanted.length && (wanted[next] === one || wanted[next] === said[at])) {
      at++;
      next++;
    } else if (anyNext >= 0) {
      at = ++anyFrom;
      next = anyNext;
    } else {
      return false;
    }
  }
  while (wanted[next] === any) next++;
  return next === wanted.length;
}
