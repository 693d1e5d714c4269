import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const repository = join(import.meta.dirname, "../../..");
const page = join(repository, "docs/writing-a-backend.md");
/** A region of a source, named in a comment, and the code below it. */
const quote = /<!-- (\S+) (\S+) -->\n(?:\n```ts\n[\s\S]*?\n```\n)?/g;

/** The page with each quotation as the source has it now. */
function requoted(text: string): string {
  return text.replace(quote, (_whole, path: string, region: string) => {
    const source = readFileSync(join(repository, path), "utf8");
    const code = source.split(`// #region ${region}\n`)[1]?.split(`\n// #endregion ${region}`)[0];
    if (code === undefined) throw new Error(`${path} has no region ${region}`);
    return `<!-- ${path} ${region} -->\n\n\`\`\`ts\n${code}\n\`\`\`\n`;
  });
}

// RUNFERRY_REQUOTE=1 brings the page up to date.
test("the page on writing a backend quotes the toy file as it is", () => {
  const text = readFileSync(page, "utf8");
  if (process.env.RUNFERRY_REQUOTE === "1") writeFileSync(page, requoted(text));
  expect(readFileSync(page, "utf8")).toBe(requoted(text));
  expect([...text.matchAll(quote)].length).toBe(5);
});

test("the page says what not to do before it says what to do", () => {
  const headings = readFileSync(page, "utf8").match(/^## .+$/gm);
  expect(headings).toEqual(["## What it must not do", "## What it must do", "## A complete backend", "## Trying it"]);
});
