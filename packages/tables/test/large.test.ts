import { join } from "node:path";
import { expect, test } from "vitest";
import { runNode } from "../../../tools/run-program.ts";
import { kinds, temporaryFolder } from "./kinds.ts";

const steps = 250_000;
const perStep = 4;

interface Told {
  readonly state: string;
  readonly points: number;
  readonly writingMs: number;
  readonly writingBytes: number;
  readonly readingMs: number;
  readonly readingBytes: number;
}

test.each(kinds)(
  "a run of a million points is written and read back as $kind in little memory",
  async ({ kind }) => {
    const words = [kind, temporaryFolder(), String(steps), String(perStep)];
    const ended = await runNode(join(import.meta.dirname, "large-child.ts"), words, { quiet: true });
    expect(ended.ok, ended.output).toBe(true);
    const told = JSON.parse(ended.output.trim().split("\n").at(-1)!) as Told;
    expect(told).toMatchObject({ state: "delivered", points: steps * perStep });
    const [writing, reading] = [told.writingMs, told.readingMs].map((ms) => Math.round(told.points / ms));
    const [most, mostReading] = [told.writingBytes, told.readingBytes].map((bytes) => Math.round(bytes / 1e6));
    console.log(
      `${kind}: ${writing} thousand points a second written, ${reading} read; ${most} MB at most writing, ${mostReading} with reading`,
    );
    // Node itself takes 50 of it and the forwarder as much again; everything at once would take a gigabyte.
    expect(told.readingBytes).toBeLessThan(280e6);
  },
  120_000,
);
