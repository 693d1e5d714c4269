import { type RunEvent, spelled } from "@runferry/core";
import { draftRun, type HostileRun, utf8 } from "./draft.ts";

const finished: RunEvent = { kind: "run.ended", status: "finished", exitCode: 0 };

/** Paths that are legal, and that a careless check refuses, changes or lets out of the folder. */
export const awkwardPaths: readonly string[] = [
  "with space.txt",
  " leading and trailing ",
  "ünï/çödé/日本語.txt",
  "e\u0301.txt",
  "é.txt",
  "🚀.bin",
  ".hidden",
  ".folder/.deep",
  "..hidden",
  "a..b",
  "a../b",
  "...",
  "~",
  "-rf",
  "percent%2e%2e%2fname",
  "plus+and&and=and?and#",
  "quote\"and'and`",
  "line\nbreak",
  "back\\slash",
  "Case",
  "case",
  "con",
  "trailing.",
  "a/b/c/d/e/f/g/h.txt",
  "__proto__",
  "MLmodel",
  `${"long".repeat(50)}.txt`,
];

const mebibyte = 1024 * 1024;

/** Runs whose files are the trouble. `largest` is the size of the largest one. */
export async function fileRuns(seed: number, largest: number = mebibyte): Promise<readonly HostileRun[]> {
  return [
    await draftRun("awkward paths", seed, async ({ log, file }) => {
      for (const path of awkwardPaths) log({ kind: "artifact.logged", file: await file(path, utf8(`of ${path}`)) });
      log(finished);
    }),
    await draftRun("sizes", seed, async ({ log, file, random }) => {
      for (const size of [0, 1, 65_535, 65_536, 65_537, largest]) {
        log({ kind: "artifact.logged", file: await file(`size/${size}.bin`, random.bytes(size)) });
      }
      log(finished);
    }),
    await draftRun("the same path three times", seed, async ({ log, file }) => {
      for (const version of ["first", "", "third, and longer"]) {
        log({ kind: "artifact.logged", file: await file("model/weights.bin", utf8(version)), type: "model" });
        log({ kind: "metrics.logged", step: 1, values: { version: version.length } });
      }
      // The same bytes under two paths, and once more under one of them.
      for (const path of ["copy/a", "copy/b", "copy/a"])
        log({ kind: "artifact.logged", file: await file(path, utf8("same")) });
      log(finished);
    }),
    await draftRun("artifacts with metadata", seed, async ({ log, file }) => {
      const metadata = { rows: spelled("1.0"), tags: ["ü", null], nested: { "": [] } };
      log({ kind: "artifact.logged", file: await file("data.csv", utf8("a,b\n1,2\n")), type: "dataset", metadata });
      log({
        kind: "artifact.logged",
        file: await file("where.txt", utf8("x")),
        reference: "s3://bucket/a b/where.txt",
      });
      log(finished);
    }),
    await draftRun("all sorts of media", seed, async ({ log, file, random }) => {
      const image = await file("media/sample 1.png", random.bytes(300));
      const audio = await file("media/sample.wav", random.bytes(500));
      log({
        kind: "media.logged",
        name: "sample",
        step: 1,
        media: { type: "image", file: image, width: 8, height: 8 },
      });
      log({
        kind: "media.logged",
        name: "sample",
        step: 1,
        media: { type: "image", file: image, caption: "twice 🚀" },
      });
      log({ kind: "media.logged", name: "sample", context: { set: "test" }, media: { type: "image", file: image } });
      log({ kind: "media.logged", name: "voice", step: -1, media: { type: "audio", file: audio, sampleRate: 44_100 } });
      log({
        kind: "media.logged",
        name: "weights",
        step: 2,
        media: { type: "histogram", edges: [-1, -0, 5e-324, 9], counts: [1, 0, 2.5] },
      });
      log({ kind: "media.logged", name: "nothing", step: 2, media: { type: "histogram", edges: [0], counts: [] } });
      log({
        kind: "media.logged",
        name: "cells",
        step: 3,
        media: { type: "table", columns: ["a", "a", ""], rows: [[1, spelled("1.0"), null], ["ü\n", [], {}], []] },
      });
      log({ kind: "media.logged", name: "cells", step: 3, media: { type: "table", columns: [], rows: [] } });
      log({
        kind: "media.logged",
        name: "words",
        step: 4,
        media: { type: "text", text: "# title\r\n🚀\u2028", format: "markdown" },
      });
      log({ kind: "media.logged", name: "words", media: { type: "text", text: "" } });
      log({
        kind: "media.logged",
        name: "drawn",
        step: 5,
        media: { type: "figure", file: image, spec: { mark: "line", x: spelled("1.0") } },
      });
      log({
        kind: "media.logged",
        name: "drawn",
        step: 6,
        media: { type: "figure", spec: { mark: "bar" }, caption: "no picture" },
      });
      log({
        kind: "media.logged",
        name: "drawn",
        step: 7,
        media: { type: "figure", file: await file("media/plot.svg", utf8("<svg/>")) },
      });
      log({ kind: "media.logged", name: "drawn", step: 8, media: { type: "figure" } });
      log(finished);
    }),
  ];
}
