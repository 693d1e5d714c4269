import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Journal, Recorded } from "@runferry/core";
import { ownIdentity, type ProcessIdentity } from "@runferry/local";
import { afterAll, beforeAll, vi } from "vitest";

/** Folders that are removed when the test file is done. */
export function temporaryFolders(): () => string {
  const folders: string[] = [];
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    const folder = mkdtempSync(join(tmpdir(), "runferry-local-"));
    folders.push(folder);
    return join(folder, "store");
  };
}

/** Every event of a stream. */
export async function eventsOf(journal: Journal, stream = "main"): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for await (const one of journal.streams()) {
    if (one.name !== stream) continue;
    for await (const events of one.read()) all.push(...events);
  }
  return all;
}

/** A process of this host that does not run any more: what a crash in this process leaves behind looks so. */
export function deadIdentity(): ProcessIdentity {
  return { ...ownIdentity(), pid: 4_194_303, startTime: "1" };
}

/** How many times the usual number of rounds a rehearsal asks for. */
export const rounds: number = Number(process.env.RUNFERRY_ROUNDS ?? 1);

/** What a crash leaves behind in this process has no heartbeat any more, as in a dead one. */
export function stillHearts(): void {
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ["setInterval"] });
  });
}
