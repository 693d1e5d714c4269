import { statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { needPeer } from "../../../tools/peers/peer.ts";
import { runNode, runProgram } from "../../../tools/run-program.ts";
import { filesIn, temporaryFolder } from "./subject.ts";

const mebibyte = 1024 * 1024;

interface Told {
  readonly state: string;
  readonly opened: number;
  readonly same: number;
  readonly differences: readonly { readonly grade: string; readonly kind: string; readonly count: number }[];
  readonly writingBytes: number;
  readonly readingBytes: number;
}

async function deliver(logdir: string, count: number, size: number): Promise<Told> {
  const words = [logdir, String(count), String(size)];
  const ended = await runNode(join(import.meta.dirname, "large-child.ts"), words, { quiet: true });
  expect(ended.ok, ended.output).toBe(true);
  const told = JSON.parse(ended.output.trim().split("\n").at(-1)!) as Told;
  const [writing, reading] = [told.writingBytes, told.readingBytes].map((bytes) => Math.round(bytes / 1e6));
  console.log(`${count} pictures of ${size} bytes: highest RSS ${writing} MB writing, ${reading} MB reading back`);
  return told;
}

test("a picture of 64 MiB is written and read back, and TensorBoard's own reader has its bytes", async (context) => {
  const logdir = temporaryFolder();
  const size = 64 * mebibyte;
  expect(await deliver(logdir, 1, size)).toMatchObject({ state: "delivered", opened: 1, same: 1, differences: [] });
  const { python } = needPeer(context, "tensorboard");
  const ended = await runProgram(python, ["-W", "ignore", join(import.meta.dirname, "foreign.py"), "blobs", logdir], {
    quiet: true,
  });
  expect(ended.output.trim().split("\n").at(-1)).toMatch(new RegExp(`^${size} [0-9a-f]{64}$`));
});

test("many pictures in one batch take no more memory than a few", async () => {
  const few = await deliver(temporaryFolder(), 8, 8 * mebibyte);
  const many = await deliver(temporaryFolder(), 48, 8 * mebibyte);
  expect(many).toMatchObject({ state: "delivered", opened: 48, same: 48, differences: [] });
  expect(many.writingBytes).toBeLessThan(few.writingBytes + 200e6);
  expect(many.readingBytes).toBeLessThan(few.readingBytes + 200e6);
});

test("a picture of 2 GiB is left out without being opened, and said to be", async () => {
  const logdir = temporaryFolder();
  const told = await deliver(logdir, 1, 2048 * mebibyte);
  expect(told).toMatchObject({ state: "delivered", opened: 0, same: 0 });
  expect(told.differences).toMatchObject([{ grade: "left out", kind: "media files over 128 MiB", count: 1 }]);
  expect(told.writingBytes).toBeLessThan(150e6);
  for (const path of filesIn(logdir).keys()) expect(statSync(join(logdir, path)).size).toBeLessThan(10_000);
});
