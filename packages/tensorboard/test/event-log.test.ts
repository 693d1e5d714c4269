import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type EventMessage, openEventLog, readEventFile } from "../src/index.ts";
import { temporaryFolder } from "./subject.ts";

async function eventsIn(path: string): Promise<readonly EventMessage[]> {
  const events: EventMessage[] = [];
  for await (const found of readEventFile([readFileSync(path)])) {
    if (!("event" in found)) throw new Error(`damage in ${path}: ${JSON.stringify(found)}`);
    events.push(found.event);
  }
  return events;
}

test("where there is no more room, an event is not there at all, and those before it stand", async () => {
  const folder = temporaryFolder();
  const child = join(import.meta.dirname, "event-log-child.ts");
  const line = 'ulimit -f 8; exec "$0" "$1" "$2"';
  const output = execFileSync("bash", ["-c", line, process.execPath, child, folder], { encoding: "utf8" });
  const { added, failed } = JSON.parse(output) as { added: number[]; failed: string[] };
  expect(failed).toEqual(new Array(300).fill("unavailable"));
  const [name] = readdirSync(folder);
  const [version, ...events] = await eventsIn(join(folder, name!));
  expect(version?.fileVersion).toBe("brain.Event:2");
  expect(events.map(({ step }) => step ?? 0)).toEqual(added);
  expect(added).not.toEqual(added.map((_, i) => i + 1)); // a short one still had room after a long one had none
  expect(added.length).toBeGreaterThan(30);
});

test("a new file sorts behind those that are there, whatever they are called", () => {
  const folder = temporaryFolder();
  const later = Math.floor(Date.now() / 1000) + 100;
  for (const name of [`events.out.tfevents.${later}.host`, "events.out.tfevents.99999999999999.x", "notes.txt"]) {
    writeFileSync(join(folder, name), "");
  }
  const paths = [1, 2].map(() => {
    const log = openEventLog(folder, { suffix: "/../up" });
    log.close();
    log.close();
    return log.path;
  });
  expect(paths.map((path) => path.slice(folder.length + 1).split(".")[3])).toEqual([`${later + 1}`, `${later + 2}`]);
  expect(paths.every((path) => path.endsWith("_.._up"))).toBe(true);
  expect(readdirSync(folder)).toHaveLength(5);
});

test("a folder that cannot be had is told", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  expect(() => openEventLog(file)).toThrow(/cannot be written: .*/);
  expect(() => openEventLog(join(file, "below"))).toThrow(/cannot be written: .*/);
});
