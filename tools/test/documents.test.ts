import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { errorCodes } from "@runferry/core";
import { removeFolder } from "@runferry/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { repository } from "../bundled-node.mjs";
import { documentExamples } from "../document-examples.ts";

const documents = globSync(["*.md", "docs/**/*.md", "packages/*/README.md", "apps/*/README.md"], { cwd: repository });

// Inside the repository, where the packages are found by name.
const scratch = join(repository, ".scratch", `documents-${process.pid}`);
beforeAll(() => mkdirSync(scratch, { recursive: true }));
afterAll(() => removeFolder(scratch));

describe.each(documents)("%s", (path) => {
  const text = readFileSync(join(repository, path), "utf8");
  const examples = documentExamples(text);

  it.each(examples.map((example, i) => [i + 1, example] as const))(
    "example %i runs and prints what it says",
    (i, { code, printed: told }) => {
      // The examples of a document follow on one another, in a folder of its own.
      const folder = join(scratch, path.replaceAll(/\W/g, "-"));
      mkdirSync(folder, { recursive: true });
      // Not the store of whoever runs the tests, which may lie further up.
      const env = { ...process.env, RUNFERRY_DIR: join(folder, "runferry") };
      const file = join(folder, `example-${i}.ts`);
      writeFileSync(file, code);
      const printed = execFileSync(process.execPath, [file], { encoding: "utf8", cwd: folder, env, stdio: "pipe" });
      expect(printed.trimEnd()).toBe(told);
    },
  );

  it("links to files that are there", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link]) => link!);
    const broken = links.filter((link) => !existsSync(join(repository, dirname(path), link)));
    expect(broken).toEqual([]);
  });
});

it("docs/errors.md has a heading for every code, and none besides", () => {
  const headings = [...readFileSync(join(repository, "docs/errors.md"), "utf8").matchAll(/^## (.+)$/gm)].map(
    ([, code]) => code,
  );
  expect(headings).toEqual([...errorCodes].sort());
});
