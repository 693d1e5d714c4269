import { createHash } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type FileRef, isRunferryError } from "@runferry/core";
import { openStore, type StoredRun } from "@runferry/local";
import { expect, test } from "vitest";
import { temporaryFolders } from "./workshop.ts";

const temporary = temporaryFolders();
const bytes = (text: string) => new TextEncoder().encode(text);

function newRun() {
  const folder = temporary();
  const { run, writer } = openStore(folder).createRun({ experiment: "files" });
  return { folder, run, writer };
}

async function textOf(run: StoredRun, file: FileRef, start = 0): Promise<string> {
  let text = "";
  for await (const piece of run.journal.open(file, { start })) text += new TextDecoder().decode(piece);
  return text;
}

test("a file comes from bytes, a stream or a path, with its hash and size", async () => {
  const { folder, run } = newRun();
  writeFileSync(`${folder}-source`, "hello");
  const sources = [
    bytes("hello"),
    (async function* () {
      yield bytes("hel");
      yield bytes("lo");
    })(),
    `${folder}-source`,
  ];
  for (const [i, source] of sources.entries()) {
    const { file } = await run.putArtifact(source, `in/${i}.txt`);
    expect(file).toEqual({ path: `in/${i}.txt`, bytes: 5, sha256: createHash("sha256").update("hello").digest("hex") });
    expect([await textOf(run, file), await textOf(run, file, 3)]).toEqual(["hello", "lo"]);
    expect(readFileSync(run.pathOf(file)!, "utf8")).toBe("hello");
  }
});

test("a version that is replaced stays readable", async () => {
  const { run } = newRun();
  const versions: FileRef[] = [];
  for (const text of ["one", "two", "one", "six"]) versions.push((await run.putArtifact(bytes(text), "a.txt")).file);
  const texts = [];
  for (const version of versions) texts.push(await textOf(run, version));
  expect(texts).toEqual(["one", "two", "one", "six"]);
});

test("links and references leave the bytes where they are", async () => {
  const { folder, run, writer } = newRun();
  writeFileSync(`${folder}-big`, "weights");
  const linked = await run.putArtifact(`${folder}-big`, "linked.bin", { mode: "link" });
  expect(statSync(run.pathOf(linked.file)!).ino).toBe(statSync(`${folder}-big`).ino);
  const referred = await run.putArtifact(`${folder}-big`, "referred.bin", { mode: "reference" });
  expect([referred.reference, run.pathOf(referred.file)]).toEqual([`${folder}-big`, undefined]);
  writer.append({ kind: "artifact.logged", file: referred.file, reference: referred.reference! });
  expect(await textOf(run, referred.file)).toBe("weights");
  writer.closeNow();
});

test("hostile paths and links that lead out are refused", async () => {
  const { folder, run } = newRun();
  const paths = ["../x", "/etc/x", "a/../../x", "a//b", "C:\\x", "a\\..\\..\\x", ".replaced/x", ""];
  for (const path of paths) {
    const cause: unknown = await run.putArtifact(bytes("x"), path).catch((thrown: unknown) => thrown);
    expect(isRunferryError(cause, "bad_option"), path).toBe(true);
  }
  mkdirSync(`${folder}-outside`);
  writeFileSync(`${folder}-outside/secret`, "secret");
  mkdirSync(join(run.folder, "artifacts"), { recursive: true });
  symlinkSync(`${folder}-outside`, join(run.folder, "artifacts/out"));
  await expect(run.putArtifact(bytes("x"), "out/x")).rejects.toThrow("a folder is a link");
  const sha256 = createHash("sha256").update("secret").digest("hex");
  await expect(textOf(run, { path: "out/secret", sha256, bytes: 6 })).rejects.toThrow("not in the run's folder");
});

test("a file and a folder cannot have one name", async () => {
  const { run } = newRun();
  await run.putArtifact(bytes("x"), "a/b");
  await expect(run.putArtifact(bytes("x"), "a")).rejects.toThrow("is a folder");
  await expect(run.putArtifact(bytes("x"), "a/b/c")).rejects.toThrow("is a file");
});

test("a file that was changed or removed behind our back is told, not delivered", async () => {
  const { run } = newRun();
  const { file } = await run.putArtifact(bytes("good"), "a.txt");
  writeFileSync(run.pathOf(file)!, "evil");
  await expect(textOf(run, file)).rejects.toThrow("has changed since it was logged");
  writeFileSync(run.pathOf(file)!, "");
  const cause: unknown = await textOf(run, file).catch((thrown: unknown) => thrown);
  expect(isRunferryError(cause, "file_missing")).toBe(true);
});

test("media are kept once, under their content", async () => {
  const { run } = newRun();
  const first = await run.putMedia(bytes("png"), "plot.PNG");
  expect(await run.putMedia(bytes("png"), "other.png")).toEqual(first);
  expect(first.path).toBe(`media/${first.sha256}.png`);
  expect(await textOf(run, first)).toBe("png");
});

test("a cancelled copy leaves nothing", async () => {
  const { folder, run } = newRun();
  writeFileSync(`${folder}-source`, Buffer.alloc(3_000_000));
  linkSync(`${folder}-source`, `${folder}-other`);
  const put = run.putArtifact(`${folder}-source`, "big.bin", { signal: AbortSignal.abort() });
  await expect(put).rejects.toThrow("aborted");
  expect(() => statSync(join(run.folder, "artifacts/big.bin"))).toThrow("ENOENT");
});
