/**
 * Whether a text matches an SQL pattern: `%` is any text, `_` any one character. Takes at most text × pattern steps; a
 * regular expression made from the pattern could take exponentially many.
 */
export function isLike(text: string, pattern: string, ignoreCase: boolean): boolean {
  const said = [...(ignoreCase ? text.toLowerCase() : text)];
  const wanted = [...(ignoreCase ? pattern.toLowerCase() : pattern)];
  let [at, next] = [0, 0];
  // Where to go on when what follows the last % does not fit: one character later.
  let [anyFrom, anyNext] = [-1, -1];
  while (at < said.length) {
    if (wanted[next] === "%") {
      anyFrom = at;
      anyNext = ++next;
    } else if (next < wanted.length && (wanted[next] === "_" || wanted[next] === said[at])) {
      at++;
      next++;
    } else if (anyNext >= 0) {
      at = ++anyFrom;
      next = anyNext;
    } else {
      return false;
    }
  }
  while (wanted[next] === "%") next++;
  return next === wanted.length;
}
