export interface Example {
  readonly code: string;
  /** What it prints, line by line, from the comments behind `console.log(…);`. */
  readonly printed: string;
}

/** Code that a document shows. A block below a comment is a quotation of a source, which other tests hold. */
const block = /(<!--.*-->\n\n)?```ts\n([\s\S]*?)\n```/g;

/** The examples of a document, in order. They follow on one another, in one folder. */
export function documentExamples(text: string): readonly Example[] {
  return [...text.matchAll(block)].flatMap(([, quoted, code = ""]) =>
    quoted === undefined ? [{ code, printed: printedBy(code) }] : [],
  );
}

function printedBy(code: string): string {
  const lines = [...code.matchAll(/^.*console\.log\(.*; \/\/ (.*)$/gm)].map(([, line = ""]) => line);
  return lines.join("\n");
}
