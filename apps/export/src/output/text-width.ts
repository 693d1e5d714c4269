const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u;
const emoji = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u;
const mark = /^(?:\p{M}|\u200d)+$/u;

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  if (isAscii(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += segmentWidth(segment);
  return width;
}

/** The text, or as much of it as fits, closed by `…`. */
export function fitted(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 0) return "";
  let fit = "";
  let width = 1; // of the …
  for (const { segment } of graphemes.segment(text)) {
    width += segmentWidth(segment);
    if (width > columns) break;
    fit += segment;
  }
  return `${fit}…`;
}

/** The same with `…` in the middle, for texts whose ends tell them apart. */
export function fittedInside(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  const head = Math.max(0, Math.floor((columns - 1) / 3));
  const backwards = [...graphemes.segment(text)].map(({ segment }) => segment).reverse();
  let end = "";
  let width = head + 1;
  for (const segment of backwards) {
    width += segmentWidth(segment);
    if (width > columns) break;
    end = segment + end;
  }
  return fitted(text, head + 1) + end;
}

/** The text on lines of at most so many columns, broken between words; a longer word has a line of its own. */
export function wrapped(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length === 0 || textWidth(longer) > columns) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function segmentWidth(segment: string): number {
  if (mark.test(segment)) return 0;
  return wide.test(segment) || emoji.test(segment) ? 2 : 1;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 126) return false;
  return true;
}
