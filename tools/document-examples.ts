export interface Example {
  readonly code: string;
  /** The lines that it prints, from the comments behind `console.log(…);`. */
  readonly printed: readonly string[];
}

/** Code that a document shows. A block below a comment is a quotation of a source, which other tests hold. */
const block = /(<!--.*-->\n\n)?```ts\n([\s\S]*?)\n```/g;

/** The examples of a document, in order. They follow on one another, in one folder. */
export function documentExamples(text: string): readonly Example[] {
  return [...text.matchAll(block)].flatMap(([, quoted, code = ""]) =>
    quoted === undefined ? [{ code, printed: printedBy(code) }] : [],
  );
}

function printedBy(code: string): readonly string[] {
  return [...code.matchAll(/^.*console\.log\(.*; \/\/ (.*)$/gm)].map(([, line = ""]) => line);
}
