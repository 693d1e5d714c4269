import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createDecoder } from "@runferry/core";
import { openStore } from "@runferry/local";
import { expect, test } from "vitest";
import { eventsOf, temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const specification = readFileSync(join(import.meta.dirname, "../../../docs/journal-format.md"), "utf8");

function blockOf(language: string): string {
  const block = specification.split(`\`\`\`${language}\n`)[1]?.split("```")[0];
  if (block === undefined) throw new Error(`the specification has no ${language} block`);
  return block;
}

test("the line that the specification shows is one", () => {
  expect(createDecoder().push(Buffer.from(blockOf("json")))).toEqual([
    { seq: 2, at: 1732181400123.456, kind: "metrics.logged", step: 7, values: { loss: 0.5, aux: Number.NaN } },
  ]);
});

test("the specification names every kind and every field that is written", async () => {
  const store = openStore(temporary());
  const { run, writer } = store.createRun({ experiment: "format", git: { commit: "a", dirty: true }, group: "g" });
  writer.append({ kind: "run.resumed", fromStep: 3 });
  writer.append({ kind: "run.ended", status: "failed", exitCode: 1, error: { type: "Error", message: "m" } });
  writer.closeNow();
  for (const event of await eventsOf(run.journal)) {
    for (const field of [event.kind, ...Object.keys(event)]) expect(specification).toContain(field);
  }
});

test("the reader in Python reads what was written, and passes over what was damaged", () => {
  const store = openStore(temporary());
  const { run, writer } = store.createRun({ experiment: "python é" });
  for (let step = 0; step < 100; step++)
    writer.append({ kind: "metrics.logged", step, values: { loss: Number.NaN, é: -0 } });
  writer.closeNow();
  const journal = `${run.folder}/journal/main.ndjson`;
  writeFileSync(journal, `${readFileSync(journal, "utf8").replace('"step":50', '"step":51')}{"seq":102,"at"`);
  const { error, status, stdout, stderr } = spawnSync("python3", ["-c", blockOf("python"), journal], {
    encoding: "utf8",
  });
  if (error && process.env.CI === undefined) {
    console.warn(`1 check was not made, for want of Python: ${error.message}`);
    return;
  }
  expect(stderr).toBe("");
  expect(status).toBe(0);
  const seqs = Array.from({ length: 101 }, (_, i) => i + 1).filter((seq) => seq !== 52);
  expect(stdout.trim().split("\n")).toEqual(
    seqs.map((seq) => `${seq} ${seq === 1 ? "run.started" : "metrics.logged"}`),
  );
});
